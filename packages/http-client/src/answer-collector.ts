import type { Exchange } from "./exchange.ts";

/** Gathers an answer's body up to the limits, once its head is there. */
export class AnswerCollector {
  readonly #exchange: Exchange;
  readonly #done: (body: Uint8Array) => void;
  readonly #chunks: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;
  #size = 0;
  #ended = false;

  constructor(exchange: Exchange, done: (body: Uint8Array) => void, giveUp: () => void) {
    this.#exchange = exchange;
    this.#done = done;
    const { bodyWaitMs } = exchange;
    if (bodyWaitMs === undefined) return;
    // Most bodies come with their heads, and are over before a microtask runs: they need no timer.
    queueMicrotask(() => {
      if (this.#ended) return;
      this.#timer = setTimeout(() => {
        this.end(true);
        giveUp();
      }, bodyWaitMs);
    });
  }

  /** False when the limit is reached: the socket is to be dropped. */
  add(chunk: Uint8Array): boolean {
    if (this.#ended) return false;
    const room = this.#exchange.maxAnswerBytes - this.#size;
    this.#size += chunk.length;
    this.#chunks.push(chunk.length <= room ? chunk : chunk.subarray(0, room));
    if (chunk.length <= room) return true;
    this.end(true);
    return false;
  }

  end(truncated: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#exchange.truncated = truncated;
    const [first] = this.#chunks;
    this.#done(this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks));
  }
}
