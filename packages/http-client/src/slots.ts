/** So many at a time; the others wait in order, and leave when they are given up. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with a function that gives the place back, or with `undefined` if the signal fired first. */
  take(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(this.#giveBack);
    }
    return new Promise((resolve) => {
      const onAbort = () => {
        this.#waiting.delete(go);
        resolve(undefined);
      };
      const go = () => {
        signal.removeEventListener("abort", onAbort);
        resolve(this.#giveBack);
      };
      this.#waiting.add(go);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  readonly #giveBack = (): void => {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  };
}
