import type { SpanContext } from "@opentelemetry/api";

/**
 * Span contexts by two words, the newest so many. Only of spans that are sampled: the others cannot
 * be looked at.
 */
export class Remembered {
  readonly #most: number;
  readonly #byGroup = new Map<string, Map<string, SpanContext>>();
  #size = 0;

  constructor(most = 10_000) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  put(group: string, key: string, context: SpanContext): void {
    let own = this.#byGroup.get(group);
    if (own === undefined) {
      own = new Map();
      this.#byGroup.set(group, own);
    }
    if (own.delete(key)) this.#size -= 1;
    own.set(key, context);
    this.#size += 1;
    if (this.#size > this.#most) this.#forgetOldest(own);
  }

  get(group: string, key: string): SpanContext | undefined {
    return this.#byGroup.get(group)?.get(key);
  }

  take(group: string, key: string): SpanContext | undefined {
    const own = this.#byGroup.get(group);
    const found = own?.get(key);
    if (found !== undefined && own?.delete(key)) this.#size -= 1;
    return found;
  }

  /** Of the group that has just grown: groups are few, and each of them may be the one that grows. */
  #forgetOldest(group: Map<string, SpanContext>): void {
    const [oldest] = group.keys();
    if (oldest !== undefined && group.delete(oldest)) this.#size -= 1;
  }
}
