import type { Routing } from "../../contracts/poller.ts";
import { isCertainlyCanonical } from "../../model/canonical-form.ts";
import type { Dictionary } from "../../model/category.ts";
import type { CategoryDefinition } from "../../model/category-definition.ts";
import type { RecordedChange, RefusedChange } from "../../model/change.ts";
import { parseCondition } from "../../model/condition.ts";
import type { Lease, QuietWindow, RoutedDelivery } from "../../model/delivery.ts";
import { type CategoryEquality, type FieldEquality, keyUnder } from "../../model/key-equality.ts";
import { isStrategyName } from "../../model/resolve-strategy.ts";
import { traceparentOf } from "../../model/traceparent.ts";

/** What routing must know of a strategy, be it in working order or not: a broken one goes on collecting its keys. */
export interface RoutedStrategy {
  readonly name: string;
  readonly category: string;
  readonly coalesce: boolean;
  readonly debounce: QuietWindow | undefined;
  /** How many new deliveries may be leased at once. */
  readonly room: () => LeaseRoom;
}

/** What a lane may lease of what is being written. */
export interface LeaseRoom {
  readonly all: number;
  /** Of live changes, which do not wait for a backlog that fills the lane; at least `all`. */
  readonly live: number;
}

export const noRoom: LeaseRoom = { all: 0, live: 0 };

/** A class: see `LeasedDelivery`. */
class Draft implements RoutedDelivery {
  readonly strategy: string;
  readonly key: string;
  readonly ordinal: string;
  operation: RoutedDelivery["operation"];
  firstRecordedAt: number;
  changes = 1;
  traceparent: string | null = null;
  declare lease?: Lease;
  declare debounce?: QuietWindow;

  constructor({ name, coalesce, debounce }: RoutedStrategy, key: string, change: RecordedChange) {
    this.strategy = name;
    this.key = key;
    this.ordinal = coalesce ? "0" : change.id;
    this.operation = operationOf(change);
    this.firstRecordedAt = change.recordedAt;
    if (debounce !== undefined) this.debounce = debounce;
    trace(this, change);
  }
}

/** A later change without a trace context leaves that of an earlier one: few are traced. */
function trace(draft: Draft, { traceparent }: RecordedChange): void {
  if (traceparent !== null && traceparent !== undefined)
    draft.traceparent = traceparentOf(traceparent) ?? draft.traceparent;
}

function operationOf({ operation }: RecordedChange): RoutedDelivery["operation"] {
  return operation === "delete" ? "delete" : "upsert";
}

/**
 * Deliveries of one strategy, by key: what live changes ask for, and what only its backfill does.
 */
interface Drafts {
  readonly live: Map<string, Draft>;
  readonly backfilled: Map<string, Draft>;
}

/** What routing decided, and what core alone has to know of it. */
export interface OwnRouting extends Routing {
  /** Deliveries that are leased and that only a backfill asks for. */
  readonly leasedBackfill: readonly RoutedDelivery[];
  /** How many deliveries each strategy gets. */
  readonly counts: ReadonlyMap<string, number>;
  /** By category, how many changes no strategy wants; `undefined`: none. */
  readonly unwanted: ReadonlyMap<string, number> | undefined;
}

/** Strategies by category, and how changes become their deliveries. Pure but for the room it asks of lanes. */
export class Router {
  readonly #dictionary: Dictionary;
  readonly #byCategory = new Map<string, RoutedStrategy[]>();
  /**
   * Those of other workers, as changes name them. A delivery knows no category: one a name will do.
   */
  readonly #foreign = new Map<string, RoutedStrategy>();
  readonly #equality: CategoryEquality;
  #unwanted: Map<string, number> | undefined;

  /** @param equality by category: which values of its fields the database takes for equal. */
  constructor(dictionary: Dictionary, strategies: readonly RoutedStrategy[], equality: CategoryEquality = new Map()) {
    this.#dictionary = dictionary;
    this.#equality = equality;
    for (const strategy of strategies) {
      const list = this.#byCategory.get(strategy.category);
      if (list === undefined) this.#byCategory.set(strategy.category, [strategy]);
      else list.push(strategy);
    }
  }

  route(changes: readonly RecordedChange[], lease: Lease): OwnRouting {
    this.#unwanted = undefined;
    const drafts = new Map<RoutedStrategy, Drafts>();
    const refused: RefusedChange[] = [];
    for (const change of changes) {
      const reason = this.#fold(change, drafts);
      if (reason !== undefined) refused.push({ change, reason });
    }
    const deliveries: RoutedDelivery[] = [];
    const leasedBackfill: RoutedDelivery[] = [];
    const counts = new Map<string, number>();
    for (const [strategy, { live, backfilled }] of drafts) {
      // A key that must rest first cannot be leased where it is written.
      const room = strategy.debounce === undefined ? strategy.room() : noRoom;
      const leaseNew = strategy.coalesce ? leaseFirst : leaseFirstKeys;
      leaseNew(live, room.live, lease);
      leaseNew(backfilled, room.all - live.size, lease);
      counts.set(strategy.name, live.size + backfilled.size);
      for (const draft of live.values()) deliveries.push(draft);
      for (const draft of backfilled.values()) {
        deliveries.push(draft);
        if (draft.lease !== undefined) leasedBackfill.push(draft);
      }
    }
    return { deliveries, refused, leasedBackfill, counts, unwanted: this.#unwanted };
  }

  /** Returns why the change cannot be routed. */
  #fold(change: RecordedChange, drafts: Map<RoutedStrategy, Drafts>): string | undefined {
    const category = this.#dictionary.get(change.category);
    if (category === undefined) return `The category "${change.category}" is not in the data dictionary.`;
    const parsed = keyOf(category, change.condition, this.#equality.get(change.category));
    if ("refused" in parsed) return parsed.refused;
    const strategies = this.#byCategory.get(change.category) ?? none;
    if (change.strategy !== null) {
      const alone = this.#alone(strategies, change.strategy, change.category);
      if (alone !== undefined) fold(draftsOf(drafts, alone), alone, parsed.key, change);
      return undefined;
    }
    if (strategies.length === 0) this.#countUnwanted(change.category);
    for (const strategy of strategies) fold(draftsOf(drafts, strategy), strategy, parsed.key, change);
    return undefined;
  }

  /**
   * What is for one strategy alone is kept for it, also where only other workers know it: a newer
   * one's backfill must not be lost to an older one that dispatches it. One delivery a change, since
   * a strategy that coalesces folds these later, and one that does not asks for each.
   */
  #alone(strategies: readonly RoutedStrategy[], name: string, category: string): RoutedStrategy | undefined {
    for (const strategy of strategies) if (strategy.name === name) return strategy;
    const known = this.#foreign.get(name);
    if (known !== undefined || !isStrategyName(name)) return known;
    const foreign = { name, category, coalesce: false, debounce: undefined, room: () => noRoom };
    this.#foreign.set(name, foreign);
    return foreign;
  }

  #countUnwanted(category: string): void {
    this.#unwanted ??= new Map();
    this.#unwanted.set(category, (this.#unwanted.get(category) ?? 0) + 1);
  }
}

const none: readonly RoutedStrategy[] = [];

function draftsOf(drafts: Map<RoutedStrategy, Drafts>, strategy: RoutedStrategy): Drafts {
  const known = drafts.get(strategy);
  if (known !== undefined) return known;
  const own: Drafts = { live: new Map(), backfilled: new Map() };
  drafts.set(strategy, own);
  return own;
}

function keyOf(
  category: CategoryDefinition,
  text: string,
  equality: FieldEquality | undefined,
): { readonly key: string } | { readonly refused: string } {
  if (equality === undefined && isCertainlyCanonical(category, text)) return { key: text };
  const parsed = parseCondition(category, text);
  if (!parsed.ok) return { refused: parsed.problems.map(({ at, message }) => `${at}: ${message}`).join(" ") };
  return equality === undefined ? parsed : { key: keyUnder(equality, parsed) };
}

function leaseFirst(drafts: ReadonlyMap<string, Draft>, room: number, lease: Lease): void {
  let left = room;
  for (const draft of drafts.values()) {
    if (left > 0) draft.lease = lease;
    left -= 1;
  }
}

/**
 * The same where changes go out one by one. All that comes of a key asks for the lease: the database
 * gives it to the oldest, and to none where it has an older one.
 */
function leaseFirstKeys(drafts: ReadonlyMap<string, Draft>, room: number, lease: Lease): void {
  const leased = new Set<string>();
  for (const draft of drafts.values()) {
    if (leased.size < room) leased.add(draft.key);
    if (leased.has(draft.key)) draft.lease = lease;
  }
}

function fold({ live, backfilled }: Drafts, strategy: RoutedStrategy, key: string, change: RecordedChange): void {
  const slot = strategy.coalesce ? key : `${change.id} ${key}`;
  const isLive = change.strategy === null;
  const draft = live.get(slot) ?? backfilled.get(slot);
  if (draft !== undefined) {
    draft.operation = operationOf(change);
    draft.changes += 1;
    draft.firstRecordedAt = Math.min(draft.firstRecordedAt, change.recordedAt);
    trace(draft, change);
    if (isLive && backfilled.delete(slot)) live.set(slot, draft);
    return;
  }
  (isLive ? live : backfilled).set(slot, new Draft(strategy, key, change));
}
