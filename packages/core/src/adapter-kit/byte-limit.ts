import { SynclineError } from "../model/errors.ts";
import type { WireValue } from "../model/wire.ts";

/** Adds up what rows weigh as they come, and throws `query.byte-limit` at the one that is too much. */
export class ByteLimit {
  readonly #maxBytes: number;
  #seen = 0;

  /** @param maxBytes `undefined`: no limit. */
  constructor(maxBytes: number | undefined) {
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY;
  }

  add(row: readonly WireValue[]): void {
    for (const value of row) this.#seen += bytesOf(value);
    if (this.#seen > this.#maxBytes) throw byteLimitError(this.#maxBytes);
  }
}

export function byteLimitError(maxBytes: number): SynclineError {
  return new SynclineError("query.byte-limit", `The query yields more than ${maxBytes} bytes.`);
}

/** About what the value took on its way here. A text's length and not its bytes: counting those would cost a pass over it. */
function bytesOf(value: WireValue): number {
  if (typeof value === "string") return value.length;
  return typeof value === "object" && value !== null ? JSON.stringify(value).length : 8;
}
