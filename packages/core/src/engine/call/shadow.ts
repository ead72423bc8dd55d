import type { SyncCall, SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Outcome } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import { Downstream } from "./downstream.ts";

/** What one strategy sent for a key, or as a shadow would have sent. */
export interface Sent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly operation: "upsert" | "delete";
  /** Of this key alone; `undefined`: too large to be kept. */
  readonly call: SyncCall | undefined;
}

/** The same key of a shadow, and of the strategy that it is held against. */
export interface SampledKey {
  /** Canonical condition text. */
  readonly key: string;
  readonly shadow: Sent | undefined;
  readonly live: Sent | undefined;
}

/** Counts are of this process, and begin again when another version of the strategy comes into force. */
export interface ShadowCounts {
  readonly upserts: number;
  readonly deletes: number;
}

/** Keys that wait for the other side, of each side; and those that a person looks at. */
const mostKeys = 20;
/** Then the other side does not come: its query yields no such key, say. */
const pairMs = 60_000;
/** Of one key's content, in characters of JSON. */
const mostCharacters = 65_536;

const accepted: Promise<Outcome> = Promise.resolve({ status: "accepted" });

/**
 * Where a shadow's calls end: accepted by nobody. A downstream of its own, since what it accepts says
 * nothing of how the real one is.
 */
export function shadowDownstream({ downstream }: Strategy): Downstream {
  const invoker: SyncInvoker = { invoke: () => accepted };
  return new Downstream(downstream, invoker, {}, 0);
}

type Side = "shadow" | "live";

/** A key, from when one side sent it. */
interface Pair {
  readonly first: Side;
  readonly since: number;
  readonly shadow: Sent | undefined;
  readonly live: Sent | undefined;
}

interface Watched {
  readonly strategy: Strategy;
  readonly counts: { upserts: number; deletes: number };
  /** By key, the oldest first. */
  readonly pairs: Map<string, Pair>;
}

/** What shadows would have sent, beside what the strategies sent that they are held against. */
export class ShadowSamples {
  readonly #watched = new Map<string, Watched>();
  /** Shadows, by the name of what they are held against. */
  readonly #byLive = new Map<string, Watched[]>();

  /** These are in force from now on. What is known of a shadow that stays as it is stays. */
  watch(inForce: readonly Strategy[]): void {
    const shadows = new Map(inForce.filter(({ mode }) => mode === "shadow").map((each) => [each.name, each]));
    for (const [name, { strategy }] of this.#watched) if (shadows.get(name) !== strategy) this.#watched.delete(name);
    for (const [name, strategy] of shadows) {
      if (this.#watched.has(name)) continue;
      this.#watched.set(name, { strategy, counts: { upserts: 0, deletes: 0 }, pairs: new Map() });
    }
    this.#byLive.clear();
    for (const watched of this.#watched.values()) {
      const { shadowOf } = watched.strategy;
      if (shadowOf !== undefined) this.#byLive.set(shadowOf, [...(this.#byLive.get(shadowOf) ?? []), watched]);
    }
  }

  /** Hot path: without shadows, nothing is looked at. */
  sent(strategy: string, call: SyncCall): void {
    if (this.#watched.size === 0) return;
    const own = this.#watched.get(strategy);
    if (own !== undefined) {
      own.counts[call.operation === "delete" ? "deletes" : "upserts"] += call.items.length;
      keep(own, "shadow", call);
    }
    for (const shadow of this.#byLive.get(strategy) ?? []) keep(shadow, "live", call);
  }

  /** Keys that both have sent first, then the newest. `undefined`: no such shadow is in force. */
  of(name: string): { readonly counts: ShadowCounts; readonly sample: readonly SampledKey[] } | undefined {
    const watched = this.#watched.get(name);
    if (watched === undefined) return undefined;
    const newest = [...watched.pairs].map(([key, pair]) => ({ key, shadow: pair.shadow, live: pair.live })).reverse();
    const isWhole = (each: SampledKey) => each.shadow !== undefined && each.live !== undefined;
    const sample = [...newest.filter(isWhole), ...newest.filter((each) => !isWhole(each))].slice(0, mostKeys);
    return { counts: { ...watched.counts }, sample };
  }
}

/**
 * Both sides of a key are of one change, as near as can be told: what one side sends again begins a
 * new pair. Either side may be far ahead of the other, so each keeps keys that wait for the other.
 */
function keep({ strategy, pairs }: Watched, side: Side, call: SyncCall): void {
  const now = Date.now();
  for (const item of call.items) {
    const key = JSON.stringify(item.key);
    const pair = pairs.get(key);
    const kept = item.json.length <= mostCharacters ? { ...call, items: [item] } : undefined;
    const sent: Sent = { at: now, operation: call.operation, call: kept };
    if (pair !== undefined && pair[side] === undefined) {
      pairs.set(key, { ...pair, [side]: sent });
      continue;
    }
    if (pair === undefined && !makeRoom(pairs, side, strategy.shadowOf !== undefined, now)) continue;
    pairs.delete(key);
    pairs.set(key, { first: side, since: now, shadow: undefined, live: undefined, [side]: sent });
  }
}

/** The oldest that waits for nobody goes, where there are enough of this side. */
function makeRoom(pairs: Map<string, Pair>, side: Side, hasLive: boolean, now: number): boolean {
  const own = [...pairs].filter(([, { first }]) => first === side);
  if (own.length < mostKeys) return true;
  const waits = ({ shadow, live, since }: Pair) =>
    hasLive && (shadow === undefined || live === undefined) && now - since < pairMs;
  const [oldest] = own.find(([, pair]) => !waits(pair)) ?? [];
  return oldest !== undefined && pairs.delete(oldest);
}
