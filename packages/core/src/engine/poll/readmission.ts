import type { BacklogStore } from "../../contracts/backlog-store.ts";
import type { EventHub } from "../events.ts";

export interface ReadmissionParts {
  readonly backlog: BacklogStore;
  readonly events: EventHub;
  /** Those of the dictionary in force. */
  readonly categories: () => Iterable<string>;
  /** Some came back. */
  readonly wake: () => void;
}

/**
 * An older worker beside this one goes on refusing what it does not know; at once again where
 * something was found.
 */
const everyMs = 10_000;
const againMs = 1_000;
const limitMs = 30_000;

/** Puts back what was refused: what an older worker did not understand may be understood now. */
export class Readmission {
  readonly #parts: ReadmissionParts;
  /** Refused by this worker itself, which will not understand it any better. */
  readonly #refusedHere = new Set<string>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ReadmissionParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.events.on("refused", ({ changes }) => {
      for (const { change } of changes) this.#refusedHere.add(change.category);
    });
    this.#again(0);
  }

  stop(): void {
    this.#stopping.abort(new Error("stopped"));
    clearTimeout(this.#timer);
  }

  /** What was refused may fit now. */
  categoriesChanged(names: readonly string[]): void {
    for (const name of names) this.#refusedHere.delete(name);
    if (this.#timer !== undefined) this.#again(0);
  }

  #again(delayMs: number): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => this.#again(await this.#readmit()), delayMs).unref();
  }

  /** Returns when to do so again. */
  async #readmit(): Promise<number> {
    const { backlog, events, categories, wake } = this.#parts;
    const names = [...categories()].filter((name) => !this.#refusedHere.has(name));
    try {
      const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(limitMs)]);
      const count = await backlog.readmit(names, signal);
      if (count === 0) return everyMs;
      wake();
      return againMs;
    } catch (error) {
      if (!this.#stopping.signal.aborted) events.emit("error", { during: "readmit", error });
      return everyMs;
    }
  }
}
