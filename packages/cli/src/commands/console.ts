import { randomBytes } from "node:crypto";
import type { CallSource, Console } from "@syncline/console";
import type { Pipeline } from "@syncline/core";
import type { Address } from "../address.ts";
import { Refusal } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

/** Whose tokens these are, and what they may. */
const variables = [
  { name: "operator", role: "operator", variable: "SYNCLINE_CONSOLE_OPERATOR_TOKEN" },
  { name: "reader", role: "reader", variable: "SYNCLINE_CONSOLE_READER_TOKEN" },
] as const;

/** Where it listens if nothing is said. */
export const consolePort = "9091";

/** Whether a console could be opened on this machine's own address: somebody has, or sees, a token. */
export function mayOpenConsole({ isInteractive }: Pick<Terminal, "isInteractive">): boolean {
  return isInteractive || given().length > 0;
}

function given() {
  return variables.filter(({ variable }) => (process.env[variable] ?? "") !== "");
}

/** The web console beside a running pipeline. @param calls what somebody sees who looks on. */
export async function openConsole(
  pipeline: Pipeline,
  { port, host }: Address,
  terminal: Terminal,
  calls?: CallSource,
): Promise<Pick<Console, "close">> {
  const { createConsole } = await import("@syncline/console");
  const named = given();
  // For this run alone, and only where somebody sits who sees it: standard error often ends in a log.
  const own =
    named.length === 0 && host === "127.0.0.1" && terminal.isInteractive
      ? randomBytes(24).toString("base64url")
      : undefined;
  if (named.length === 0 && own === undefined)
    throw new Refusal(
      `The console needs a token of at least 16 characters: set ${variables.map(({ variable }) => variable).join(" or ")}.`,
      2,
    );
  const tokens = named.map(({ name, role, variable }) => ({ name, role, token: `env:${variable}` }));
  const console = createConsole({
    pipelines: { syncline: pipeline },
    auth: { tokens: own === undefined ? tokens : [{ name: "operator", role: "operator", token: own }] },
    ...(calls === undefined ? {} : { calls: { syncline: calls } }),
    log: { error: (_, message) => terminal.printError(message) },
  });
  try {
    const { url } = await console.listen({ port, host });
    terminal.printError(`console: ${url}${own === undefined ? "" : `#token=${own}`}`);
  } catch (error) {
    await console.close();
    throw new Refusal(`Nothing can listen on port ${port}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return console;
}
