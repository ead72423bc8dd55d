import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { Account } from "./account.ts";
import { serverEnvironment } from "./environment.ts";
import type { StopMode } from "./options.ts";

export interface ServerProcess {
  isAlive(): boolean;
  stop(mode: StopMode): Promise<void>;
}

export interface ServerProcessOptions {
  readonly program: string;
  readonly flags: readonly string[];
  readonly folder: string;
  readonly logFile: string;
  readonly url: string;
  readonly account: Account | undefined;
  readonly onSpawn: (pid: number) => void;
}

/** Another process holds the port. */
export class PortTakenError extends Error {}

const startLimitMilliseconds = 60_000;

/** Starts the server and returns when it answers a query. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawnServer(options);
  try {
    if (child.pid !== undefined) options.onSpawn(child.pid);
    await untilReady(child, options);
  } catch (error) {
    await end(child, "immediate");
    throw error;
  }
  return { isAlive: () => isAlive(child), stop: (mode) => end(child, mode) };
}

function spawnServer({ program, flags, folder, logFile, account }: ServerProcessOptions): ChildProcess {
  const log = openSync(logFile, "a");
  try {
    const child = spawn(program, flags, {
      cwd: folder,
      env: serverEnvironment(),
      // A group of its own, so that Ctrl-C ends the caller, who then ends the server in order.
      detached: true,
      stdio: ["ignore", log, log],
      windowsHide: true,
      ...account,
    });
    child.on("error", () => {});
    // A caller that forgot to stop the server can still end; the watchdog then cleans up.
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function untilReady(child: ChildProcess, { url, logFile, program }: ServerProcessOptions): Promise<void> {
  const deadline = Date.now() + startLimitMilliseconds;
  while (!(await answers(url))) {
    if (!isAlive(child)) throw startError(program, logFile);
    if (Date.now() > deadline) throw new Error(`${program} did not answer within 60 s. It said:\n${tail(logFile)}`);
    await delay(10);
  }
  // Another server may have answered on a port that was taken in between.
  if (!isAlive(child)) throw startError(program, logFile);
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function startError(program: string, logFile: string): Error {
  const said = tail(logFile);
  if (said.includes("could not bind")) return new PortTakenError(said);
  return new Error(`${program} ended before it answered. It said:\n${said}`);
}

function tail(logFile: string): string {
  return readFileSync(logFile, "utf8").split("\n").slice(-20).join("\n").trim();
}

async function end(child: ChildProcess, mode: StopMode): Promise<void> {
  if (!isAlive(child)) return;
  const exited = once(child, "exit");
  child.ref();
  // Windows knows no signals: there every stop is a crash.
  const signal = mode === "fast" ? "SIGINT" : "SIGQUIT";
  child.kill(process.platform === "win32" ? "SIGKILL" : signal);
  await exited;
}
