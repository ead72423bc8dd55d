import { Deadlines, type Due } from "@syncline/core/transport-kit";
import type { Exchange } from "./exchange.ts";

/** Who waits for an answer's body. */
export interface AnswerReader {
  /** Called once. */
  onBody(body: Uint8Array): void;
  /** The body takes too long: the socket is to be dropped. */
  onTooSlow(): void;
}

/** Most bodies come with their heads and are over at once: a timer for each would be for nothing. */
const bodyWaits = new Deadlines();
const nothing = Buffer.alloc(0);

/** Gathers an answer's body up to the limits, once its head is there. */
export class AnswerCollector implements Due {
  readonly #exchange: Exchange;
  readonly #reader: AnswerReader;
  #first: Uint8Array | undefined;
  #more: Uint8Array[] | undefined;
  #size = 0;
  #ended = false;
  dueAt = 0;
  place = -1;

  constructor(exchange: Exchange, reader: AnswerReader) {
    this.#exchange = exchange;
    this.#reader = reader;
    const { bodyWaitMs } = exchange;
    if (bodyWaitMs !== undefined) bodyWaits.put(this, performance.now() + bodyWaitMs);
  }

  /** False when the limit is reached: the socket is to be dropped. */
  add(chunk: Uint8Array): boolean {
    if (this.#ended) return false;
    const room = this.#exchange.maxAnswerBytes - this.#size;
    this.#size += chunk.length;
    this.#keep(chunk.length <= room ? chunk : chunk.subarray(0, room));
    if (chunk.length <= room) return true;
    this.end(true);
    return false;
  }

  end(truncated: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    bodyWaits.drop(this);
    this.#exchange.truncated = truncated;
    this.#reader.onBody(this.#body());
  }

  /** For `Deadlines` alone. */
  onDue(): void {
    this.end(true);
    this.#reader.onTooSlow();
  }

  #keep(chunk: Uint8Array): void {
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#more === undefined) this.#more = [this.#first, chunk];
    else this.#more.push(chunk);
  }

  #body(): Uint8Array {
    return this.#more === undefined ? (this.#first ?? nothing) : Buffer.concat(this.#more);
  }
}
