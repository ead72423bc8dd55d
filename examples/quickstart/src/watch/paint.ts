import { styleText } from "node:util";

/** Whether standard output is a terminal whose lines can be drawn anew. */
export const isTerminal = process.stdout.isTTY === true && process.env.TERM !== "dumb" && !process.env.CI;

const hasColours = isTerminal && !process.env.NO_COLOR;

type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** Styled for a terminal; as it is everywhere else. */
export function paint(style: Style, text: string): string {
  return hasColours ? styleText(style, text) : text;
}
