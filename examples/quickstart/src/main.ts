import { readCommandLine, usage } from "./command-line.ts";
import { runDemo } from "./demo.ts";
import { createDisplay } from "./watch/display.ts";

const interrupted = 130;

/** Ctrl-C ends the demo in order; a second one at once. */
function signalOfCtrlC(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(interrupted);
      controller.abort(new Error("stopped"));
    });
  }
  return controller.signal;
}

async function main(): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  if (options === "help") {
    console.log(usage);
    return 0;
  }
  if ("problem" in options) {
    console.error(`${options.problem}\n\n${usage}`);
    return 2;
  }
  const stop = signalOfCtrlC();
  const display = createDisplay();
  try {
    return (await runDemo(options, display, stop)) ? 0 : 1;
  } catch (error) {
    display.clear();
    if (stop.aborted) {
      console.log("Stopped.");
      return interrupted;
    }
    console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env.DEBUG) console.error(error);
    return 1;
  }
}

process.exitCode = await main();
