import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { WireValue } from "@syncline/core/spi";

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A Python that can serve gRPC; `undefined` where there is none, after having said how to get it. */
export function pythonWithGrpc(): string | undefined {
  // Debian's packages are seen by Debian's own Python alone.
  const pythons = ["/usr/bin/python3", "python3"];
  const python = pythons.find((each) => runs(each, ["-c", "import grpc, google.protobuf"]));
  if (python !== undefined && runs("protoc", ["--version"])) return python;
  const packages = "python3-grpcio python3-protobuf protobuf-compiler";
  console.log(`Skipped: gRPC with a server of Python. It is not on this machine; \`apt-get install ${packages}\`.`);
  return undefined;
}

function runs(program: string, parameters: readonly string[]): boolean {
  return spawnSync(program, parameters, { stdio: "ignore" }).status === 0;
}

/** What protoc makes of the ledger's files: `ledger.bin`, a descriptor set, and Python's code. */
export function generateCode(python: string, folder: string): void {
  execFileSync(python, [script("generate.py"), folder], { stdio: ["ignore", "ignore", "inherit"] });
}

export interface PythonSettings {
  /** Default: any that is free. */
  readonly port?: number;
  readonly tls?: { readonly key: string; readonly cert: string; readonly mutual: boolean };
  /** Health and reflection. Default true. */
  readonly services?: boolean;
}

/** A line of the server. */
export type PythonEvent =
  | { readonly event: "listening"; readonly port: number }
  | Arrived
  | { readonly event: "ended"; readonly call: string }
  | { readonly event: "checked"; readonly service: string }
  | { readonly event: "asked"; readonly kind: string; readonly what: string }
  | { readonly event: "synced" | "stopping" | "stopped" };

export interface Arrived {
  readonly event: "arrived";
  /** The idempotency key. */
  readonly call: string;
  readonly method: string;
  readonly metadata: { readonly [name: string]: string };
  /** As Python's ProtoJSON prints them. */
  readonly messages: readonly WireValue[];
  /** Until the deadline that Python sees. */
  readonly remainingMs: number | null;
  readonly identities: readonly string[];
}

type Command =
  | { readonly health: { readonly [service: string]: string } }
  | { readonly release: true }
  | { readonly sync: true }
  /** Seconds that running calls may take; `null` ends them at once. */
  | { readonly stop: number | null };

/** A gRPC server in a process of its own. */
export class PythonServer {
  readonly events: PythonEvent[] = [];
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Set<() => void>();
  readonly #ended: Promise<unknown>;
  #running = true;
  #port = 0;

  private constructor(python: string, folder: string, settings: PythonSettings) {
    const parameters = [script("server.py"), folder, JSON.stringify(settings)];
    this.#process = spawn(python, parameters, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: this.#process.stdout });
    lines.on("line", (line) => {
      this.events.push(JSON.parse(line) as PythonEvent);
      for (const look of this.#waiting) look();
    });
    // The lines that were written before it died are read to their end.
    this.#ended = Promise.all([once(lines, "close"), once(this.#process, "exit")]).then(() => {
      this.#running = false;
      for (const look of this.#waiting) look();
    });
    // To a process that has just died.
    this.#process.stdin.on("error", () => {});
  }

  static async start(python: string, folder: string, settings: PythonSettings = {}): Promise<PythonServer> {
    const server = new PythonServer(python, folder, settings);
    await server.told(1, "listening");
    const [first] = server.events;
    if (first?.event === "listening") server.#port = first.port;
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get arrived(): readonly Arrived[] {
    return this.events.filter((event): event is Arrived => event.event === "arrived");
  }

  /** All that arrived before now: an answer may be here before the line that was written before it. */
  async settled(): Promise<readonly Arrived[]> {
    const before = this.events.filter(({ event }) => event === "synced").length;
    this.tell({ sync: true });
    await this.told(before + 1, "synced");
    return this.arrived;
  }

  tell(command: Command): void {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Waits for so many events of a kind. Throws if the server ends before. */
  async told(count: number, kind: PythonEvent["event"]): Promise<void> {
    const isThere = () => this.events.filter(({ event }) => event === kind).length >= count;
    while (!isThere()) {
      if (!this.#running) throw new Error(`Python's server ended before it told "${kind}" ${count} times`);
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  /** Its input ends, and so does it. */
  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }
}
