import type { Claim, Failure, RecordedChange, Settlement } from "@syncline/core/spi";
import type { MemoryStore, StoredDelivery } from "@syncline/testkit";
import type { Business } from "./business.ts";
import type { PlaceBooks } from "./place-books.ts";
import { type SimulatedWorker, wasWell } from "./simulated-worker.ts";
import { definitionOf, maxAttempts, sendsAllStates, viewOf } from "./strategies.ts";
import type { Trace } from "./trace.ts";

export interface Look {
  readonly deliveries: ReadonlyMap<bigint, Readonly<StoredDelivery>>;
  readonly changes: ReadonlyMap<bigint, RecordedChange>;
  readonly revision: bigint;
}

export interface WitnessParts {
  readonly store: MemoryStore;
  readonly books: PlaceBooks;
  readonly business: Business;
  readonly trace: Trace;
  readonly now: () => number;
  readonly leaseMs: number;
}

/** Looks at the tables before and after whatever changes them, and says what must not have happened. */
export class DatabaseWitness {
  readonly #parts: WitnessParts;
  readonly #owners = new Map<string, SimulatedWorker>();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  look(): Look {
    const { store } = this.#parts;
    const deliveries = new Map<bigint, StoredDelivery>();
    for (const each of store.deliveries.values()) deliveries.set(each.id, { ...each });
    return { deliveries, changes: new Map(store.changes), revision: store.lastRevision };
  }

  dispatched(worker: SimulatedWorker, before: Look, claims: readonly Claim[]): void {
    const { store, trace } = this.#parts;
    const wanted = new Map<string, number>();
    for (const [id, change] of before.changes) {
      if (store.changes.has(id)) continue;
      if (store.refused.has(id)) {
        if (worker.knows.has(change.category)) trace.violate(`refused what it knows: ${change.condition}`);
        continue;
      }
      if (change.strategy === null) this.#miss(change);
      for (const name of this.#wanting(change)) {
        const place = `${name} ${change.condition}`;
        wanted.set(place, (wanted.get(place) ?? 0) + 1);
      }
    }
    this.#book(before, wanted);
    this.#keepQuiet(before);
    this.#leased(worker, before, claims);
  }

  claimed(worker: SimulatedWorker, before: Look, claims: readonly Claim[]): void {
    this.#leased(worker, before, claims);
  }

  settled(before: Look, settlements: readonly Settlement[]): void {
    const { trace, books } = this.#parts;
    const now = this.#byId();
    const ids = new Set(settlements.map(({ claim }) => claim.id));
    if (ids.size < settlements.length) trace.violate("one delivery twice in a settle");
    for (const settlement of settlements) {
      const { claim, result } = settlement;
      const id = BigInt(claim.id);
      const then = before.deliveries.get(id);
      const left = now.get(id);
      const place = `${claim.strategy} ${claim.key}`;
      trace.add(`settled ${place} revision ${claim.revision}: ${result}, ${left?.state} ${left?.attempts}`);
      if (then === undefined || then.token !== claim.token) {
        if (!isSame(then, left)) trace.violate(`a late settle changed something: ${place}`);
        continue;
      }
      if (result === "dead") this.#judgeDeath(then, settlement.failure, place);
      if (result === "accepted" || (result === "dead" && left?.state === "pending")) books.life(id).begin();
      else if (result === "retry" || result === "released") books.life(id).notBefore = books.life(id).wish;
      if (result === "released" && left?.attempts !== then.attempts)
        trace.violate(`a release counted as an attempt: ${place}`);
      else if (result === "retry" && then.attempts + 1 >= maxAttempts)
        trace.violate(`tried again though no attempt was left: ${place}`);
    }
    this.#judgeAttempts();
  }

  #judgeDeath({ id, attempts }: Readonly<StoredDelivery>, { kind, code }: Failure, place: string): void {
    const { books, trace } = this.#parts;
    if (code.startsWith("query.") || code === "lease.lapsed") books.life(id).mayCount += 1;
    if (kind !== "rejected" && kind !== "too-large" && attempts + 1 < maxAttempts)
      trace.violate(`gave up though attempts were left: ${place}`);
  }

  /** Dead and held ones begin a new life, by an operator's word. */
  requeued(before: Look): void {
    const now = this.#byId();
    for (const { id, state } of before.deliveries.values())
      if (state !== "pending" && now.get(id)?.state === "pending") this.#parts.books.life(id).begin();
  }

  discarded(before: Look): void {
    const { books } = this.#parts;
    const now = this.#byId();
    for (const { id, strategy, key, revision } of before.deliveries.values()) {
      if (now.has(id)) continue;
      const place = books.at(`${strategy} ${key}`);
      place.excused = true;
      place.expected.delete(revision);
    }
  }

  /** What is for one strategy alone is kept for it, also where it has gone: it may be another worker's. */
  #wanting({ category, strategy }: RecordedChange): readonly string[] {
    if (strategy !== null) return [strategy];
    const inForce = [...this.#parts.store.strategies.values()];
    return inForce.filter((each) => each.category === category).map(({ name }) => name);
  }

  /** A strategy that is not in force when a change for all is dispatched does not hear of it. */
  #miss({ condition }: RecordedChange): void {
    const { books, store } = this.#parts;
    for (const [place, book] of books.places) {
      const [strategy, key] = splitPlace(place);
      if (key === condition && !store.strategies.has(strategy)) book.missed = true;
    }
  }

  /** Every change taken must be in a delivery of each strategy that wants it, under a new revision. */
  #book(before: Look, wanted: ReadonlyMap<string, number>): void {
    const { store, books, business, trace } = this.#parts;
    const drawn = new Map<string, bigint[]>();
    const now = this.#byId();
    for (const { id, strategy, key, revision } of before.deliveries.values())
      if (now.get(id)?.revision !== revision) books.at(`${strategy} ${key}`).expected.delete(revision);
    for (const { id, strategy, key, revision, state } of store.deliveries.values()) {
      if (revision <= before.revision) continue;
      const place = `${strategy} ${key}`;
      drawn.set(place, [...(drawn.get(place) ?? []), revision]);
      const then = before.deliveries.get(id);
      if (then?.state === "dead" && state === "pending") books.life(id).begin();
    }
    for (const [place, count] of wanted) {
      const revisions = drawn.get(place) ?? [];
      const [strategy, key] = splitPlace(place);
      // Whoever does not know the strategy cannot know that it coalesces.
      const coalesces = store.strategies.get(strategy)?.coalesce ?? store.strategies.has(strategy);
      if (revisions.length !== (coalesces ? 1 : count)) trace.violate(`changes got lost in dispatch: ${place}`);
      const book = books.at(place);
      const states = business.countOf(viewOf(strategy), key);
      for (const revision of revisions) {
        book.obliged = revision;
        book.states.set(revision, states);
        if (!coalesces && sendsAllStates(strategy)) book.expected.add(revision);
      }
      book.excused = false;
      book.missed = false;
    }
  }

  /** What is new, or still waits to be quiet, waits from now on, though not longer than its window's maximum. */
  #keepQuiet(before: Look): void {
    const { books, store } = this.#parts;
    const now = store.now();
    for (const { id, strategy, revision, firstRecordedAt } of store.deliveries.values()) {
      const { debounce } = definitionOf(strategy);
      const then = before.deliveries.get(id);
      // Nor does whoever does not know the strategy know its window.
      if (debounce === undefined || then?.revision === revision || !store.strategies.has(strategy)) continue;
      const waits = then === undefined || (then.debounced && then.token === undefined && then.dueAt > now);
      if (waits) books.life(id).quietUntil = Math.min(now + debounce.quietMs, firstRecordedAt + debounce.maxMs);
    }
  }

  #leased(worker: SimulatedWorker, before: Look, claims: readonly Claim[]): void {
    const { store, trace, books } = this.#parts;
    for (const { id, strategy, key, token, attempts } of claims) {
      worker.tokens.add(token);
      this.#owners.set(token, worker);
      trace.add(`${worker.name} leases ${strategy} ${key}, attempts ${attempts}`);
      const then = before.deliveries.get(BigInt(id));
      const life = books.life(BigInt(id));
      const place = `${strategy} ${key}`;
      if (store.paused.has(strategy)) trace.violate(`claimed though paused: ${place}`);
      if (then?.token !== undefined) {
        if (then.dueAt > store.now()) trace.violate(`leased to two: ${place}`);
        else this.#judgeLapse(then, place);
        life.mayCount += 1;
      }
      if (attempts < life.counts) trace.violate(`a failed attempt was not counted: ${place}`);
    }
    this.#judgeAttempts();
  }

  /** Whoever is well renews what it has in hand, and settles it. */
  #judgeLapse({ token = "", dueAt }: Readonly<StoredDelivery>, place: string): void {
    const { trace, leaseMs, now, store } = this.#parts;
    const owner = this.#owners.get(token);
    const at = now() - store.now() + dueAt;
    if (owner !== undefined && !owner.isStopped && wasWell(owner, at - leaseMs, at))
      trace.violate(`${owner.name} let a lease lapse: ${place}`);
  }

  #judgeAttempts(): void {
    const { store, trace, books } = this.#parts;
    for (const { id, strategy, key, attempts, state } of store.deliveries.values()) {
      if (attempts > books.life(id).mayCount && state !== "held")
        trace.violate(`an attempt too many was counted: ${strategy} ${key} has ${attempts}`);
    }
  }

  #byId(): ReadonlyMap<bigint, StoredDelivery> {
    return new Map([...this.#parts.store.deliveries.values()].map((each) => [each.id, each]));
  }
}

export function splitPlace(place: string): readonly [string, string] {
  const space = place.indexOf(" ");
  return [place.slice(0, space), place.slice(space + 1)];
}

function isSame(one: Readonly<StoredDelivery> | undefined, other: Readonly<StoredDelivery> | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Object.keys(one).every((field) =>
    Object.is(one[field as keyof StoredDelivery], other[field as keyof StoredDelivery]),
  );
}
