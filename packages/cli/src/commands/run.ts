import { createServer, type Server } from "node:http";
import { healthListener } from "@syncline/core";
import type { Context } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { fired } from "../fired.ts";

export interface RunOptions {
  /** Make or upgrade the tables first. */
  readonly migrate: boolean;
  /** Where `/livez` and `/readyz` are answered. */
  readonly health: number | undefined;
  /** Of the end: calls in flight get so long. */
  readonly timeoutMs: number;
}

/** Works until it is told to end. */
export async function run({ pipeline, terminal }: Context, options: RunOptions): Promise<ExitCode> {
  const { signal } = terminal;
  if (options.migrate) await pipeline.migrate();
  const server =
    options.health === undefined ? undefined : await listen(createServer(healthListener(pipeline)), options.health);
  try {
    await pipeline.start();
    terminal.printError("syncline is running; Ctrl-C ends it in order");
    await fired(signal);
    terminal.printError("syncline stops: calls in flight end first");
  } finally {
    await pipeline.stop({ timeoutMs: options.timeoutMs });
    server?.close();
  }
  return 0;
}

function listen(server: Server, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new Refusal(`Nothing can listen on port ${port}: ${error.message}`)));
    server.listen(port, () => resolve(server));
  });
}
