import { within } from "./gate.ts";

/** What was read, when, and why it is no newer. */
export interface Reading<Value> {
  readonly value: Value;
  /** Epoch milliseconds, this machine's clock. */
  readonly at: number;
  /** Of a later attempt. */
  readonly error: unknown;
}

/** A read may take this share of the time, and is made the less often the longer it takes. */
const share = 20;
/** So long somebody waits for a newer value, if there is an older one. */
const patienceMs = 500;

/**
 * One read for many who ask: at most one is under way, however many browsers are open. What is fresh
 * enough is given at once; what is old, if the new one takes longer.
 */
export class SharedRead<Value> {
  readonly #load: () => Promise<Value>;
  readonly #freshMs: number;
  #reading: Reading<Value> | undefined;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #nextAt = 0;

  constructor(load: () => Promise<Value>, freshMs: number) {
    this.#load = load;
    this.#freshMs = freshMs;
  }

  /** Errors: as the read, and `Refusal` 504, while there is nothing older. */
  async get(timeoutMs: number): Promise<Reading<Value>> {
    if (this.#running === undefined && performance.now() >= this.#nextAt) this.#running = this.#read();
    if (this.#running !== undefined) {
      const isOld = this.#reading !== undefined;
      await within(isOld ? Math.min(patienceMs, timeoutMs) : timeoutMs, this.#running).catch((late: unknown) => {
        if (!isOld) throw late;
      });
    }
    if (this.#reading !== undefined) return { ...this.#reading, error: this.#failure?.error };
    throw this.#failure?.error;
  }

  /** Let the next one ask the database: something was changed. */
  expire(): void {
    this.#nextAt = 0;
  }

  async #read(): Promise<void> {
    const start = performance.now();
    try {
      this.#reading = { value: await this.#load(), at: Date.now(), error: undefined };
      this.#failure = undefined;
    } catch (error) {
      this.#failure = { error };
    } finally {
      const end = performance.now();
      this.#nextAt = end + Math.max(this.#freshMs, (end - start) * share);
      this.#running = undefined;
    }
  }
}
