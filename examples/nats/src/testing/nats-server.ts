import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The server's program; `undefined` where there is none, after having said how to get it. */
export function natsServerProgram(): string | undefined {
  // Debian puts it where only root looks.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"];
  const program = folders.map((folder) => join(folder, "nats-server")).find(isExecutable);
  if (program === undefined)
    console.log("nats: skipped: there is no nats-server here; `apt-get install nats-server`, or put it on the PATH");
  return program;
}

/** `T`: stopped. Not every Linux image has `ps`, and nothing else has `/proc`. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat !== undefined) return stat.slice(stat.lastIndexOf(")") + 2);
  return (await run("ps", ["-o", "stat=", "-p", String(pid)])).stdout.trim();
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A real broker on a port of its own, with users `syncline` (may not publish to `forbidden.>`) and `admin`. */
export class NatsServer {
  readonly password: string;
  readonly #program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "syncline-nats-"));
  #process: ChildProcess | undefined;
  /** -1: any; the first start says which, and a restart keeps it. */
  #port = -1;

  private constructor(program: string, password: string) {
    this.#program = program;
    this.password = password;
  }

  static async start(program: string, password = "pass-w0rd"): Promise<NatsServer> {
    const server = new NatsServer(program, password);
    await server.start();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const file = join(this.#folder, "nats.conf");
    writeFileSync(file, this.#configuration());
    const started = spawn(this.#program, ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = started;
    const log: string[] = [];
    for await (const line of createInterface({ input: started.stderr })) {
      log.push(line);
      const port = /client connections on \S+:(\d+)/.exec(line)?.[1];
      if (port !== undefined) this.#port = Number(port);
      if (line.includes("Server is ready")) {
        // A pipe that nobody reads would stop the server some day.
        started.stderr.resume();
        return;
      }
    }
    throw new Error(`nats-server did not start:\n${log.join("\n")}`);
  }

  /** `SIGKILL` to crash, `SIGTERM` to stop: resolves when it is gone. */
  async end(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    const gone = once(running, "exit");
    running.kill("SIGCONT");
    running.kill(signal);
    await gone;
  }

  /** Resolves when it stands still: until then it may still answer. */
  async freeze(): Promise<void> {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    process.kill(pid, "SIGSTOP");
    while (!(await stateOf(pid)).startsWith("T")) await new Promise(setImmediate);
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  async close(): Promise<void> {
    await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #configuration(): string {
    return `
host: "127.0.0.1"
port: ${this.#port}
jetstream { store_dir: ${JSON.stringify(this.#folder)} }
authorization {
  users = [
    { user: "admin", password: "admin" }
    { user: "syncline", password: ${JSON.stringify(this.password)}, permissions: { publish: { deny: ["forbidden.>"] } } }
  ]
}`;
  }
}
