import { boundedDelay } from "../guard/bounded-delay.ts";

/**
 * Longer sleeps end by the clock on the wall, which is looked at this often: no timer holds more
 * than 24 days, clocks are set, and machines sleep, too.
 */
const lookMs = 60_000;

/** A sleep that can be ended. A wake while nobody sleeps ends the next sleep at once. */
export class WakeSignal {
  #pending = false;
  #end: (() => void) | undefined;

  wake(): void {
    this.#pending = true;
    this.#end?.();
  }

  /**
   * @param options.uninterrupted a wake does not end it, only the signal does.
   * @param options.afresh a wake from before does not end it.
   */
  sleep(ms: number, options: { uninterrupted?: boolean; afresh?: boolean; signal?: AbortSignal } = {}): Promise<void> {
    if (options.signal?.aborted) return Promise.resolve();
    if (options.afresh) this.#pending = false;
    if (this.#pending && !options.uninterrupted) {
      this.#pending = false;
      // A turn of the event loop, so that a loop which never rests starves nobody.
      return new Promise((resolve) => setImmediate(resolve));
    }
    if (ms <= 0) return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", end);
        this.#end = undefined;
        if (!options.uninterrupted) this.#pending = false;
        resolve();
      };
      const until = Date.now() + ms;
      const look = () => {
        const left = until - Date.now();
        if (left > 0) timer = setTimeout(look, Math.min(left, lookMs));
        else end();
      };
      let timer = ms > lookMs ? setTimeout(look, lookMs) : setTimeout(end, boundedDelay(ms));
      if (!options.uninterrupted) this.#end = end;
      options.signal?.addEventListener("abort", end, { once: true });
    });
  }
}
