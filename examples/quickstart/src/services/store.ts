import type { Arrival } from "./messages.ts";

/** One thing that a service is told: this is how it is now, or it is gone (`document` is `undefined`). */
export interface Told {
  readonly collection: string;
  readonly key: string;
  readonly revision: string;
  readonly document: unknown;
}

/** What a service knows, by collection and key. */
export class Store {
  readonly arrivals: Arrival[] = [];
  readonly #collections = new Map<string, Map<string, unknown>>();
  readonly #revisions = new Map<string, bigint>();
  readonly #isForgetful: boolean;

  constructor(isForgetful: boolean) {
    this.#isForgetful = isForgetful;
  }

  /** Returns whether there was anything under the key. */
  tell({ collection, key, revision, document }: Told): boolean {
    this.arrivals.push({ collection, revision, at: Date.now() });
    const documents = this.collection(collection);
    const known = documents.has(key);
    // The revision of a key only grows: whatever comes with an older one was overtaken on its way.
    const slot = `${collection}/${key}`;
    if (BigInt(revision) < (this.#revisions.get(slot) ?? 0n)) return known;
    this.#revisions.set(slot, BigInt(revision));
    if (document === undefined || (this.#isForgetful && /[37]$/.test(key))) documents.delete(key);
    else documents.set(key, document);
    return known;
  }

  collection(name: string): Map<string, unknown> {
    const found = this.#collections.get(name) ?? new Map<string, unknown>();
    this.#collections.set(name, found);
    return found;
  }

  /** How many documents there are, by collection. */
  summary(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#collections].map(([name, documents]) => [name, documents.size]));
  }
}
