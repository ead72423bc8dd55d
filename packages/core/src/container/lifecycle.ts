import { StopTime } from "../engine/stop-time.ts";
import { SynclineError } from "../model/errors.ts";
import { unlessAborted } from "../transport-kit/unless-aborted.ts";

/** How long an operator's command may take. */
export const operatorMs = 60_000;

/**
 * ```
 * new ──► starting ──► running ──► stopping ──► stopped
 *  ▲         │ failed     new and starting ──► stopping, too
 *  └─────────┘
 * ```
 */
export type PipelineState = "new" | "starting" | "running" | "stopping" | "stopped";

/**
 * How a start waits: for nothing that a stop does not end. Errors: `pipeline.state` once the
 * pipeline is being stopped.
 */
export type StartStep = <Value>(work: (stopping: AbortSignal) => Promise<Value>) => Promise<Value>;

/** A pipeline's state: each of its transitions is here, and happens at once. */
export class Lifecycle {
  readonly #time = new StopTime();
  readonly #stopping = new AbortController();
  readonly #operations = new Set<Promise<unknown>>();
  #state: PipelineState = "new";
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  get state(): PipelineState {
    return this.#state;
  }

  /** Fires as soon as the pipeline is to stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The start under way, or that came to its end. */
  get started(): Promise<void> | undefined {
    return this.#started;
  }

  /**
   * Errors: `pipeline.state`, and whatever `prepare` rejects with: then it can be started again.
   * `begin` does what "running" means.
   */
  start(prepare: (step: StartStep) => Promise<void>, begin: () => void): Promise<void> {
    if (this.#state !== "new") return Promise.reject(this.#refusal());
    this.#state = "starting";
    this.#started = this.#start(prepare, begin);
    return this.#started;
  }

  /**
   * Work on what is open. Its signal fires after `limitMs`, and at a stop's deadline: then nobody
   * waits for it any longer. Errors: `pipeline.state` once the pipeline is being stopped.
   */
  async during<Value>(limitMs: number, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    this.refuseStopped();
    const { deadline } = this.#time;
    const controller = new AbortController();
    const end = () => controller.abort(new Error("the time limit, or the pipeline's stop"));
    const timer = setTimeout(end, limitMs).unref();
    deadline.addEventListener("abort", end, { once: true });
    const operation = this.#orStopped((async () => work(controller.signal))(), deadline);
    this.#operations.add(operation);
    try {
      return await operation;
    } finally {
      clearTimeout(timer);
      deadline.removeEventListener("abort", end);
      this.#operations.delete(operation);
    }
  }

  /** Errors: `pipeline.state`. */
  refuseStopped(): void {
    if (this.#stopping.signal.aborted) throw this.#refusal();
  }

  /** Once, however often it is asked for; the earliest deadline holds. `finish` must not reject. */
  stop(timeoutMs: number, finish: (time: StopTime, before: PipelineState) => Promise<void>): Promise<void> {
    this.#time.within(timeoutMs);
    this.#stopped ??= this.#stop(finish);
    return this.#stopped;
  }

  /** Resolves when nothing works on what is open any more, at the latest at the deadline. */
  async operationsEnded(): Promise<void> {
    await Promise.allSettled([...this.#operations]);
  }

  async #start(prepare: (step: StartStep) => Promise<void>, begin: () => void): Promise<void> {
    const stopping = this.#stopping.signal;
    try {
      await prepare((work) => {
        this.refuseStopped();
        return this.#orStopped(work(stopping), stopping);
      });
      this.refuseStopped();
      this.#state = "running";
      begin();
    } catch (error) {
      if (!stopping.aborted) this.#state = "new";
      throw error;
    }
  }

  async #stop(finish: (time: StopTime, before: PipelineState) => Promise<void>): Promise<void> {
    const before = this.#state;
    this.#state = "stopping";
    this.#stopping.abort(new Error("stopped"));
    await this.#started?.catch(() => {});
    try {
      await finish(this.#time, before);
    } finally {
      this.#state = "stopped";
      this.#time.end();
    }
  }

  async #orStopped<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
    const value = await unlessAborted(
      work.then((result) => ({ result })),
      signal,
    );
    if (value === undefined) throw this.#refusal();
    return value.result;
  }

  #refusal(): SynclineError {
    return new SynclineError("pipeline.state", `The pipeline is ${words[this.#state]}.`);
  }
}

const words: { readonly [state in PipelineState]: string } = {
  new: "not started",
  starting: "being started already",
  running: "running already",
  stopping: "being stopped",
  stopped: "stopped",
};
