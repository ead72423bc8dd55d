import type { EventHub } from "../events.ts";

interface Windowed {
  readonly strategy: { readonly name: string };
  readonly opensAt: number | undefined;
}

/** Tells when lanes come to the end of their windows, and when these open again. */
export class WindowWatch {
  readonly #events: EventHub;
  /** By strategy: when its window opens. */
  #closed: ReadonlyMap<string, number> = new Map();

  constructor(events: EventHub) {
    this.#events = events;
  }

  /** @returns when the next window opens; infinity where all are open. */
  look(lanes: readonly Windowed[]): number {
    const before = this.#closed;
    let closed: Map<string, number> | undefined;
    let opensAt = Number.POSITIVE_INFINITY;
    for (const lane of lanes) {
      const at = lane.opensAt;
      if (at === undefined) continue;
      closed ??= new Map();
      closed.set(lane.strategy.name, at);
      opensAt = Math.min(opensAt, at);
    }
    if (closed === undefined && before.size === 0) return opensAt;
    this.#closed = closed ?? new Map();
    this.#tell(lanes, before);
    return opensAt;
  }

  #tell(lanes: readonly Windowed[], before: ReadonlyMap<string, number>): void {
    const ended = new Map<number, string[]>();
    for (const [name, at] of this.#closed) {
      if (!before.has(name)) ended.set(at, [...(ended.get(at) ?? []), name]);
    }
    for (const [at, strategies] of ended) {
      const opensAt = at === Number.POSITIVE_INFINITY ? {} : { opensAt: new Date(at).toISOString() };
      this.#events.emit("windowClosed", { strategies, ...opensAt });
    }
    const names = lanes.map(({ strategy }) => strategy.name);
    const strategies = names.filter((name) => before.has(name) && !this.#closed.has(name));
    if (strategies.length > 0) this.#events.emit("windowOpened", { strategies });
  }
}
