import { Refusal } from "../http/refusal.ts";

/**
 * Bounds what runs on a database at once. Work that nobody waits for any more keeps its place until
 * it ends, so that a slow database is asked for less and not for more.
 */
export class Gate {
  readonly #most: number;
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Errors: `Refusal` 503 when all places are taken, 504 after `timeoutMs`, and what `work` rejects with. */
  async run<Value>(timeoutMs: number, work: () => Promise<Value>): Promise<Value> {
    if (this.#running >= this.#most)
      throw new Refusal(503, "console.busy", "The database is still busy with earlier requests.", 2_000);
    this.#running += 1;
    const done = work().finally(() => {
      this.#running -= 1;
    });
    return await within(timeoutMs, done);
  }
}

/** Errors: `Refusal` 504; what comes later is dropped. */
export async function within<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refusal = new Refusal(504, "console.timeout", `The database did not answer within ${timeoutMs} ms.`, 5_000);
    timer = setTimeout(() => reject(refusal), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
