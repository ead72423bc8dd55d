/** What Syncline's HTTP envelope holds. */
export interface Delivered {
  readonly deliveryId: string;
  readonly revision: string;
  readonly operation: "upsert" | "delete";
  readonly key: { readonly [field: string]: unknown };
  readonly body: { readonly [column: string]: unknown } | null;
}

/** What a downstream knows: the last state it kept of each key, everything it kept, and what should never have happened. */
export class Books {
  readonly #states = new Map<string, Map<string, Delivered>>();
  readonly #open = new Map<string, number>();
  readonly #contents = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  /** In the order in which they were kept. */
  readonly kept: { readonly lane: string; readonly item: Delivered }[] = [];
  /** Keys that were in two open calls of one lane at once. */
  readonly overlaps: string[] = [];
  /** Delivery ids that came with more than one content. */
  readonly reusedIds: string[] = [];
  /** Contents, at one and the same revision, that came under more than one delivery id. */
  readonly renamedContents: string[] = [];

  /** A call begins. Returns how to say that it is over. */
  open(call: { readonly lane: string; readonly items: readonly Delivered[] }): () => void {
    const slots = call.items.map((item) => `${call.lane} ${keyText(item)}`);
    for (const slot of slots) {
      const before = this.#open.get(slot) ?? 0;
      if (before > 0) this.overlaps.push(slot);
      this.#open.set(slot, before + 1);
    }
    for (const item of call.items) this.#checkId(call.lane, item);
    return () => {
      for (const slot of slots) this.#open.set(slot, (this.#open.get(slot) ?? 1) - 1);
    };
  }

  keep(lane: string, item: Delivered): void {
    this.kept.push({ lane, item });
    const states = this.#states.get(lane) ?? new Map<string, Delivered>();
    this.#states.set(lane, states);
    states.set(keyText(item), item);
  }

  /** The last state kept of every key of a lane that was not deleted: body by key text. */
  state(lane: string): Map<string, unknown> {
    const states = this.#states.get(lane) ?? new Map<string, Delivered>();
    const present = [...states].filter(([, item]) => item.operation === "upsert");
    return new Map(present.map(([key, item]) => [key, item.body]).sort() as [string, unknown][]);
  }

  last(lane: string, key: Delivered["key"]): Delivered | undefined {
    return this.#states.get(lane)?.get(JSON.stringify(key));
  }

  /** Everything kept of one key, oldest first. */
  history(lane: string, key: Delivered["key"]): readonly Delivered[] {
    const text = JSON.stringify(key);
    return this.kept.filter((entry) => entry.lane === lane && keyText(entry.item) === text).map((entry) => entry.item);
  }

  #checkId(lane: string, item: Delivered): void {
    const content = JSON.stringify([lane, item.key, item.operation, item.body]);
    const known = this.#contents.get(item.deliveryId);
    if (known !== undefined && known !== content) this.reusedIds.push(item.deliveryId);
    this.#contents.set(item.deliveryId, content);
    const atRevision = `${item.revision} ${content}`;
    const id = this.#ids.get(atRevision);
    if (id !== undefined && id !== item.deliveryId) this.renamedContents.push(atRevision);
    this.#ids.set(atRevision, item.deliveryId);
  }
}

function keyText(item: Delivered): string {
  return JSON.stringify(item.key);
}
