import { parseArgs } from "node:util";

export interface DemoOptions {
  /** How long there is business. */
  readonly seconds: number;
  /** Stay running afterwards. */
  readonly keep: boolean;
  /** Serve the web console meanwhile. It stays running afterwards, too. */
  readonly console: boolean;
}

export const usage = `npm run demo -- [options]

  --seconds <n>   how long there is business in the shop, 2 to 600; default 18
  --keep          leave everything running afterwards and say how to play with it
  --console       serve the web console, and leave everything running afterwards
  --help          this text`;

/** The options, or what is wrong with the command line. */
export function readCommandLine(parameters: readonly string[]): DemoOptions | "help" | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...parameters],
      options: {
        seconds: { type: "string" },
        keep: { type: "boolean" },
        console: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return "help";
    const seconds = Number(values.seconds ?? 18);
    if (!(seconds >= 2 && seconds <= 600))
      return { problem: `--seconds must be a number from 2 to 600, not "${values.seconds}".` };
    const console = values.console ?? false;
    return { seconds, keep: console || (values.keep ?? false), console };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
