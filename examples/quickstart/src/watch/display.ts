import { stripVTControlCharacters } from "node:util";
import { isTerminal, paint } from "./paint.ts";

/** Tells a person what goes on: lines that stay, and below them a block that is drawn anew. */
export interface Display {
  /** A line that stays. */
  say(text?: string): void;
  /** How things are now: `lines` on a terminal, `plainLine` where nothing can be drawn anew. */
  update(lines: readonly string[], plainLine: string): void;
  /** Take the block away. */
  clear(): void;
  /** Milliseconds between updates. */
  readonly everyMs: number;
}

export function createDisplay(): Display {
  return isTerminal ? terminalDisplay() : plainDisplay();
}

function terminalDisplay(): Display {
  let block: readonly string[] = [];
  const erase = () => (block.length === 0 ? "" : `\x1b[${block.length}A\x1b[0J`);
  const draw = (text: string, lines: readonly string[]) => {
    // One write, so that nothing flickers; no line may wrap, or the next one would erase too little.
    process.stdout.write(`${erase()}${text}${lines.map((line) => `${line}\n`).join("")}`);
    block = lines;
  };
  return {
    everyMs: 200,
    say: (text = "") => draw(`${text}\n`, block),
    update: (lines) => draw("", lines.map(fit)),
    clear: () => draw("", []),
  };
}

function fit(line: string): string {
  const columns = process.stdout.columns ?? 80;
  return stripVTControlCharacters(line).length < columns ? line : stripVTControlCharacters(line).slice(0, columns - 1);
}

function plainDisplay(): Display {
  return {
    everyMs: 2_000,
    say: (text = "") => console.log(text),
    update: (_, plainLine) => console.log(plainLine),
    clear: () => {},
  };
}

/** A heading of the story, with the time since it began. */
export function headline(display: Display, text: string): void {
  display.say(`${paint("cyan", `${(performance.now() / 1000).toFixed(1).padStart(5)} s`)}  ${text}`);
}
