import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Tuning } from "@syncline/core";
import { afterAll } from "vitest";
import { forkTypeScript } from "../../tools/fork-typescript.ts";
import { quickTuning } from "./pipeline.ts";
import { waitFor } from "./wait-for.ts";

export interface WorkerOrder {
  readonly url: string;
  readonly baseUrl: string;
  readonly tuning: Partial<Tuning>;
  /** The transport's limit for a request's body. */
  readonly maxBytes?: number;
  /** The most that the process's JavaScript heap may take, in MiB: beyond that it dies. */
  readonly heapMiB?: number;
}

export type FromWorker =
  | { readonly event: "started" | "stopping" | "stopped" }
  | { readonly event: "delivered"; readonly count: number }
  | { readonly event: "late"; readonly key: string };

/** A worker in a process of its own, whose strategies are those of the database's table. */
export class WorkerProcess {
  readonly #process: ChildProcess;
  readonly messages: FromWorker[] = [];
  readonly #exited: Promise<unknown>;

  private constructor(order: WorkerOrder) {
    const heap = order.heapMiB === undefined ? {} : { NODE_OPTIONS: `--max-old-space-size=${order.heapMiB}` };
    this.#process = forkTypeScript(new URL("./worker.ts", import.meta.url), [], {
      env: { ...process.env, ...heap, WORKER_ORDER: JSON.stringify(order) },
    });
    this.#process.on("message", (message) => this.messages.push(message as FromWorker));
    this.#exited = once(this.#process, "exit");
  }

  static async start(order: Omit<WorkerOrder, "tuning"> & Partial<WorkerOrder>): Promise<WorkerProcess> {
    const worker = new WorkerProcess({ ...order, tuning: { ...quickTuning, ...order.tuning } });
    afterAll(() => worker.kill());
    await waitFor("a worker process to start", () => worker.has("started") || worker.#process.exitCode !== null);
    if (!worker.has("started")) throw new Error("The worker process ended before it had started.");
    return worker;
  }

  has(event: FromWorker["event"]): boolean {
    return this.messages.some((message) => message.event === event);
  }

  get delivered(): number {
    return this.messages.reduce((sum, message) => sum + (message.event === "delivered" ? message.count : 0), 0);
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  get isAlive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** `kill -9`: it can do nothing about it, not even close its connections. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill("SIGKILL");
    await this.#exited;
  }

  terminate(): void {
    this.#process.kill("SIGTERM");
  }

  async ended(): Promise<void> {
    await this.#exited;
  }
}
