/** What has arrived, of what was expected. */
export interface Tally {
  readonly requests: number;
  readonly items: number;
  /** Different (path, id). */
  readonly distinct: number;
  /** Ids outside of what was expected. */
  readonly strays: number;
  readonly bytes: number;
  readonly lastArrivalMs: number;
}

export const jsonMarker = `"id":`;

/**
 * Counts the ids in bodies by looking for a marker, `"id":` in JSON, and digits: parsing would cost more than the rest of
 * the sink.
 */
export class Arrivals {
  readonly #ids: number;
  readonly #first = new Map<string, Float64Array>();
  #requests = 0;
  #items = 0;
  #distinct = 0;
  #strays = 0;
  #bytes = 0;
  #lastArrivalMs = 0;

  /** @param ids how many there are, from 1. */
  constructor(ids: number) {
    this.#ids = ids;
  }

  get tally(): Tally {
    return {
      requests: this.#requests,
      items: this.#items,
      distinct: this.#distinct,
      strays: this.#strays,
      bytes: this.#bytes,
      lastArrivalMs: this.#lastArrivalMs,
    };
  }

  /** When each id first came; 0 for one that did not. */
  firstArrivals(path: string): Float64Array {
    return this.#of(path);
  }

  add(path: string, body: string, atMs: number, marker = jsonMarker): void {
    const first = this.#of(path);
    this.#requests += 1;
    this.#bytes += body.length;
    for (let at = body.indexOf(marker); at >= 0; at = body.indexOf(marker, at)) {
      at += marker.length;
      this.#count(first, readNumber(body, at), atMs);
    }
  }

  /** Ids that somebody else has read from a request. */
  addIds(path: string, ids: readonly number[], bytes: number, atMs: number): void {
    const first = this.#of(path);
    this.#requests += 1;
    this.#bytes += bytes;
    for (const id of ids) this.#count(first, id, atMs);
  }

  #count(first: Float64Array, id: number, atMs: number): void {
    this.#items += 1;
    if (id < 1 || id > this.#ids) this.#strays += 1;
    else if (first[id] === 0) {
      first[id] = atMs;
      this.#distinct += 1;
      this.#lastArrivalMs = atMs;
    }
  }

  #of(path: string): Float64Array {
    const known = this.#first.get(path);
    if (known !== undefined) return known;
    const made = new Float64Array(this.#ids + 1);
    this.#first.set(path, made);
    return made;
  }
}

function readNumber(text: string, from: number): number {
  let value = 0;
  for (let at = from; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}
