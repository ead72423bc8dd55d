import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { forkTypeScript } from "../../../tools/fork-typescript.ts";
import { waitFor } from "../../harness/wait-for.ts";
import type { Stall } from "../stalls.ts";
import type { ClockOrder, FromWorker, WorkerOrder } from "./worker-order.ts";

interface Life {
  readonly process: ChildProcess;
  readonly messages: FromWorker[];
  readonly ended: Promise<unknown>;
}

/** A worker in a process of its own, to which everything may happen that happens to processes. */
export class FaultyWorker {
  readonly name: string;
  /** When it was frozen, for longer than its lease perhaps: epoch milliseconds. */
  readonly frozen: { readonly from: number; readonly until: number }[] = [];
  /** When it could do nothing, as it told itself. */
  readonly stalled: Stall[] = [];
  readonly #order: WorkerOrder;
  #life: Life | undefined;

  constructor(name: string, order: WorkerOrder) {
    this.name = name;
    this.#order = order;
  }

  get leaseMs(): number {
    return this.#order.leaseMs;
  }

  get pid(): number | undefined {
    return this.#life?.process.pid;
  }

  get isAlive(): boolean {
    const child = this.#life?.process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** What the present process has told so far. */
  get messages(): readonly FromWorker[] {
    return this.#life?.messages ?? [];
  }

  async start(): Promise<void> {
    if (this.isAlive) return;
    const child = forkTypeScript(new URL("./worker-main.ts", import.meta.url), [], {
      env: { ...process.env, WORKER_ORDER: JSON.stringify(this.#order) },
    });
    const life: Life = { process: child, messages: [], ended: once(child, "exit") };
    child.on("message", (message) => {
      const told = message as FromWorker;
      life.messages.push(told);
      if (told.event === "stalled") this.stalled.push(told);
    });
    this.#life = life;
    await waitFor(
      `${this.name} to start`,
      () => life.messages.some(({ event }) => event === "started") || !this.isAlive,
    );
  }

  /** `kill -9`. Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (!this.isAlive) return;
    this.#life?.process.kill("SIGKILL");
    await this.#life?.ended;
  }

  /** SIGTERM. Resolves with how it ended: by itself with a code, killed by somebody else (`null`), or not in time. */
  async terminate(patienceMs: number): Promise<number | null | "not in time"> {
    const life = this.#life;
    if (life === undefined || !this.isAlive) return null;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      life.process.kill("SIGKILL");
    }, patienceMs);
    life.process.kill("SIGTERM");
    await life.ended;
    clearTimeout(timer);
    return late ? "not in time" : life.process.exitCode;
  }

  /** SIGSTOP, then what `meanwhile` does, then SIGCONT. */
  async freeze(meanwhile: () => Promise<void>): Promise<void> {
    const child = this.#life?.process;
    const from = Date.now();
    child?.kill("SIGSTOP");
    try {
      await meanwhile();
    } finally {
      child?.kill("SIGCONT");
      this.frozen.push({ from, until: Date.now() });
    }
  }

  /** Sets its wall clock wrong by this much. */
  setClock(clockOffsetMs: number): void {
    const order: ClockOrder = { clockOffsetMs };
    if (this.#life?.process.connected) this.#life.process.send(order, () => {});
  }
}
