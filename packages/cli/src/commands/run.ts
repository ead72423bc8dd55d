import { createServer, type Server } from "node:http";
import { healthListener } from "@syncline/core";
import type { Address } from "../address.ts";
import type { Context } from "../context.ts";
import { type ExitCode, Refusal } from "../failure.ts";
import { fired } from "../fired.ts";
import type { Register } from "../registration.ts";
import { address, duration, wholeNumber } from "../values.ts";
import { consolePort, openConsole } from "./console.ts";

export interface RunOptions {
  /** Make or upgrade the tables first. */
  readonly migrate: boolean;
  /** Where `/livez` and `/readyz` are answered. */
  readonly health: number | undefined;
  /** Where Prometheus gets `/metrics`. */
  readonly metrics: Address | undefined;
  /** Where the web console is served. */
  readonly console: Address | undefined;
  /** Of the end: calls in flight get so long. */
  readonly timeoutMs: number;
}

/** Works until it is told to end. */
export async function run({ pipeline, terminal }: Context, options: RunOptions): Promise<ExitCode> {
  const { signal } = terminal;
  if (options.migrate) await pipeline.migrate();
  const servers: { close(): unknown }[] = [];
  try {
    // Before the start: whoever waits for a database is seen to wait.
    const { health, metrics } = options;
    if (health !== undefined) servers.push(await listen(createServer(healthListener(pipeline)), { port: health }));
    if (metrics !== undefined) {
      const { prometheus } = await import("@syncline/opentelemetry/prometheus");
      servers.push(await listen(createServer(prometheus(pipeline)), metrics));
    }
    if (options.console !== undefined) servers.push(await openConsole(pipeline, options.console, terminal));
    await pipeline.start();
    terminal.printError("syncline is running; Ctrl-C ends it in order");
    await fired(signal);
    terminal.printError("syncline stops: calls in flight end first");
  } finally {
    await pipeline.stop({ timeoutMs: options.timeoutMs });
    for (const server of servers) void server.close();
  }
  return 0;
}

function listen(server: Server, address: Partial<Address>): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Refusal(`Nothing can listen on port ${address.port}: ${error.message}`)),
    );
    server.listen(address, () => resolve(server));
  });
}

export const registerRun: Register = (program, { within }) => {
  program
    .command("run")
    .description("work until Ctrl-C or SIGTERM")
    .option("--migrate", "make or upgrade the tables first", false)
    .option("--health <port>", "answer /livez and /readyz on this port", wholeNumber)
    .option(
      "--metrics <port>",
      "answer Prometheus' GET /metrics on this port of 127.0.0.1, or on address:port",
      address,
    )
    .option("--console [port]", "serve the web console, likewise (default: 9091)", address)
    .option("--stop-within <time>", "how long calls in flight may take at the end", duration, 30_000)
    .action(({ migrate, health, metrics, console: given, stopWithin }) => {
      const console = given === true ? address(consolePort) : given;
      return within((context) => run(context, { migrate, health, metrics, console, timeoutMs: stopWithin }), {
        inOrder: true,
      });
    });
};
