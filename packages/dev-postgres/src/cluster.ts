import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Account, serverAccount } from "./account.ts";
import { type Binaries, executableSuffix } from "./binaries.ts";
import { serverEnvironment } from "./environment.ts";
import type { OwnServerOptions, StopMode } from "./options.ts";
import { freePort } from "./port.ts";
import { PortTakenError, type ServerProcess, startServerProcess } from "./server-process.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

const run = promisify(execFile);

/** A data folder and, while it runs, the server on it. */
export interface Cluster {
  /** With the superuser's password. */
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  stop(mode: StopMode): Promise<void>;
  /** Removes the data. The server must have stopped. */
  remove(): Promise<void>;
  log(): string;
}

/** What a data folder is made with. */
export interface Making {
  readonly binaries: Binaries;
  readonly folder: string;
  readonly account: Account | undefined;
}

/** What fills the data folder. Resolves with the superuser's password. */
export type Initialise = (making: Making) => Promise<string>;

export async function createCluster(
  binaries: Binaries,
  options: OwnServerOptions,
  initialise: Initialise = emptyCluster,
): Promise<Cluster> {
  const account = serverAccount();
  const folder = mkdtempSync(join(tmpdir(), "syncline-postgres-"));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const watchdog = startWatchdog(folder);
  try {
    const password = await initialise({ binaries, folder, account });
    return await startOnFreePort({ binaries, options, account, folder, watchdog, password });
  } catch (error) {
    watchdog.release();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Whoever else is on this machine can reach the port, and a superuser runs programs as whoever runs
 * the server.
 */
const emptyCluster: Initialise = async (making) => {
  const { binaries, folder, account } = making;
  const password = randomBytes(18).toString("hex");
  // In a file, since everybody sees the arguments of a process.
  const file = join(folder, "password");
  writeFileSync(file, password, { mode: 0o600, flag: "wx" });
  if (account !== undefined) chownSync(file, account.uid, account.gid);
  try {
    await runProgram(programIn(binaries, "initdb"), making, [
      ...["-D", join(folder, "data"), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", file],
      ...["-E", "UTF8", "--no-locale", "--no-sync"],
    ]);
  } finally {
    await rm(file, { force: true });
  }
  return password;
};

/** A copy of a server that runs, and goes on following it. */
export function copyOf(url: string): Initialise {
  return async (making) => {
    const { password, address } = apart(url);
    const flags = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"];
    const program = programIn(making.binaries, "pg_basebackup");
    await runProgram(program, making, ["-d", address, "-D", join(making.folder, "data"), ...flags], {
      PGPASSWORD: password,
    });
    return password;
  };
}

/** The embedded packages hold no more than a server needs. */
export function canCopy(binaries: Binaries): boolean {
  return existsSync(programIn(binaries, "pg_basebackup"));
}

function programIn(binaries: Binaries, name: string): string {
  return join(binaries.directory, name + executableSuffix);
}

async function runProgram(
  program: string,
  { folder, account }: Making,
  flags: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<void> {
  const env = { ...serverEnvironment(), ...environment };
  // From the folder itself: the caller's working directory may be closed to the account.
  await run(program, flags, { cwd: folder, env, windowsHide: true, ...account });
}

/** What may be seen, and what may not. */
export function apart(url: string): { readonly address: string; readonly password: string } {
  const address = new URL(url);
  const { password } = address;
  address.password = "";
  return { address: address.href, password };
}

interface Setup extends Making {
  readonly options: OwnServerOptions;
  readonly watchdog: Watchdog;
  readonly password: string;
}

/** Between finding a port and binding it, another process may take it. */
async function startOnFreePort(setup: Setup): Promise<Cluster> {
  for (let attempt = 1; ; attempt += 1) {
    const cluster = clusterOnPort(setup, await freePort());
    try {
      await cluster.start();
      return cluster;
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === 5) throw error;
    }
  }
}

function clusterOnPort({ binaries, options, account, folder, watchdog, password }: Setup, port: number): Cluster {
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const logFile = join(folder, "server.log");
  let running: ServerProcess | undefined;
  let removed = false;
  return {
    url,
    port,
    start: async () => {
      if (removed) throw new Error("This server's data is gone. Stop it with `keepData: true` to start it again.");
      if (running?.isAlive() === true) return;
      running = await startServerProcess({
        program: join(binaries.directory, `postgres${executableSuffix}`),
        flags: serverFlags(join(folder, "data"), port, options),
        folder,
        logFile,
        url,
        account,
        onSpawn: (pid) => watchdog.watch(pid),
      });
    },
    stop: async (mode) => {
      await running?.stop(mode);
      if (running !== undefined) watchdog.watch(undefined);
      running = undefined;
    },
    remove: async () => {
      if (removed) return;
      removed = true;
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
      watchdog.release();
    },
    log: () => readFileSync(logFile, "utf8"),
  };
}

function serverFlags(data: string, port: number, options: OwnServerOptions): readonly string[] {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    // `synchronous_commit` stays on: without `fsync` it costs nothing, and a commit that was reported survives an
    // immediate stop, which tests of a crashing server rely on.
    ...(options.durable === true ? {} : { fsync: "off", full_page_writes: "off" }),
    ...options.settings,
  };
  return ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}
