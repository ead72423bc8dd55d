import type { SyncCall, SyncItem } from "@syncline/core/spi";
import type { MemoryStore, StoredDelivery } from "@syncline/testkit";
import { deliveriesOf } from "../../packages/testkit/src/memory/order.ts";
import type { Business } from "./business.ts";
import type { PlaceBooks } from "./place-books.ts";
import { isAwake, type SimulatedWorker } from "./simulated-worker.ts";
import { definitionOf, viewOf } from "./strategies.ts";
import type { Trace } from "./trace.ts";

/** A call on its way, or given up by its worker. */
export interface Flight {
  readonly worker: SimulatedWorker;
  readonly call: SyncCall;
  readonly freezesThen: number;
  /** The rows of its items, as they were found when it began. */
  readonly deliveries: readonly (StoredDelivery | undefined)[];
  /** Its worker waits for it no more: it came back, or was ended. */
  isOver: boolean;
}

export interface DestinationParts {
  readonly store: MemoryStore;
  readonly books: PlaceBooks;
  readonly business: Business;
  readonly trace: Trace;
  readonly isSettled: () => boolean;
}

/** What all downstreams see together: which calls come when, and what is in them. */
export class Destination {
  readonly #parts: DestinationParts;
  readonly #inFlight = new Map<string, Set<Flight>>();
  readonly #contentOf = new Map<string, string>();
  readonly #idOf = new Map<string, string>();
  /** Contents that may have been acted upon and must not be sent twice. */
  readonly #spent = new Set<string>();

  constructor(parts: DestinationParts) {
    this.#parts = parts;
  }

  begin(worker: SimulatedWorker, call: SyncCall): Flight {
    const { trace } = this.#parts;
    const deliveries = call.items.map((item) => this.#deliveryOf(call, item));
    const flight: Flight = { worker, call, freezesThen: worker.freezes, deliveries, isOver: false };
    if (this.#parts.isSettled() && call.path !== this.#parts.store.strategies.get(call.strategy)?.path)
      trace.violate(`called as its strategy was before: ${worker.name} ${call.strategy}`);
    if (worker.isStopped) trace.violate(`called after stop: ${worker.name} ${call.strategy}`);
    call.items.forEach((item, index) => {
      const place = placeOf(call, item);
      trace.add(`${worker.name} calls ${place} revision ${item.revision} ${item.json}`);
      this.#judgeLease(flight, place, deliveries[index]);
      this.#judgeOverlap(flight, place);
      this.#judgeId(item, place, deliveries[index]);
      this.#judgeTwice(flight, item, place, deliveries[index]);
    });
    return flight;
  }

  /** Its worker waits no more. */
  end(flight: Flight): void {
    flight.isOver = true;
    for (const item of flight.call.items) this.#inFlight.get(placeOf(flight.call, item))?.delete(flight);
  }

  /** This item certainly had no effect, and its worker has been told so. */
  unspend({ call, deliveries }: Flight, index: number): void {
    const item = call.items[index];
    if (item !== undefined) this.#spent.delete(spentKey(placeOf(call, item), item, deliveries[index]));
  }

  /** The downstream takes the content, unless it has a newer one. */
  apply(flight: Flight, item: SyncItem): void {
    const { books, business, trace } = this.#parts;
    const { call, worker, freezesThen } = flight;
    const place = placeOf(call, item);
    const book = books.at(place);
    const revision = BigInt(item.revision);
    const states = book.states.get(revision);
    if (states === undefined) trace.violate(`a revision that nobody gave: ${place} ${revision}`);
    else if (!business.wasSince(viewOf(call.strategy), JSON.stringify(item.key), states, item.json))
      trace.violate(`stale or never committed: ${place} ${item.json}`);
    book.applied.add(revision);
    if (revision < book.newest) {
      if (isAwake(worker, freezesThen) && !flight.isOver) trace.violate(`revision went backwards: ${place}`);
      return;
    }
    book.newest = revision;
    book.state = item.json;
  }

  /** Of a key only the first can be in flight. */
  #deliveryOf({ strategy }: SyncCall, { key }: SyncItem): StoredDelivery | undefined {
    return deliveriesOf(this.#parts.store, { strategy, key: JSON.stringify(key) })[0];
  }

  #judgeLease({ worker }: Flight, place: string, delivery: StoredDelivery | undefined): void {
    const { store, trace, books } = this.#parts;
    const { token, dueAt = 0, id = 0n } = delivery ?? {};
    if (token === undefined || !worker.tokens.has(token)) trace.violate(`called without a lease: ${place}`);
    else if (dueAt <= store.now()) trace.violate(`called after the lease: ${place}`);
    const { notBefore, quietUntil } = books.life(id);
    if (store.now() < notBefore) trace.violate(`called before the time asked for: ${place}`);
    if (store.now() < quietUntil) trace.violate(`called before it was quiet: ${place}`);
  }

  #judgeOverlap(flight: Flight, place: string): void {
    const others = this.#inFlight.get(place) ?? new Set();
    for (const { worker, freezesThen } of others)
      if (isAwake(worker, freezesThen)) this.#parts.trace.violate(`two calls at once: ${place}`);
    this.#inFlight.set(place, others.add(flight));
  }

  /** The same id for the same content, another for any other. */
  #judgeId({ deliveryId, revision, json }: SyncItem, place: string, delivery: StoredDelivery | undefined): void {
    const content = `${place} ${revision} ${delivery?.epoch} ${json}`;
    const { trace } = this.#parts;
    if ((this.#contentOf.get(deliveryId) ?? content) !== content) trace.violate(`an id with another content: ${place}`);
    if ((this.#idOf.get(content) ?? deliveryId) !== deliveryId) trace.violate(`a content with another id: ${place}`);
    this.#contentOf.set(deliveryId, content);
    this.#idOf.set(content, deliveryId);
  }

  #judgeTwice({ call }: Flight, item: SyncItem, place: string, delivery: StoredDelivery | undefined): void {
    if (definitionOf(call.strategy).idempotent !== false) return;
    const key = spentKey(place, item, delivery);
    if (this.#spent.has(key)) this.#parts.trace.violate(`sent twice: ${place}`);
    this.#spent.add(key);
  }
}

/** A requeue is an operator's word, and begins another epoch. */
function spentKey(place: string, { revision }: SyncItem, delivery: StoredDelivery | undefined): string {
  return `${place} ${revision} ${delivery?.epoch}`;
}

function placeOf({ strategy }: SyncCall, { key }: SyncItem): string {
  return `${strategy} ${JSON.stringify(key)}`;
}
