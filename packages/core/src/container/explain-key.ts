import type { BacklogStore, FoundDelivery } from "../contracts/backlog-store.ts";
import type { KnownStrategies } from "../engine/route/known-strategies.ts";
import type { CategoryDefinition, ConditionInput } from "../model/category-definition.ts";
import { canonicalCondition, parseCondition } from "../model/condition.ts";
import { SynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";

/**
 * What a strategy has of a key. `absent`: nothing. What was dispatched to it has been delivered, or
 * nothing was recorded since the strategy is there.
 */
export interface KeyDelivery extends Omit<FoundDelivery, "state"> {
  /**
   * `due`: waits for a worker's turn. `waiting`: for a time. `behind`: for an earlier one of its key.
   */
  readonly state: "due" | "waiting" | "leased" | "behind" | "dead" | "held";
}

/** What becomes of a key with one strategy. */
export interface KeyAtStrategy {
  readonly strategy: string;
  /** Of `sound` ones alone something is delivered. */
  readonly condition: "sound" | "invalid" | "disabled" | "unknown";
  /** Why it is invalid. */
  readonly problems: readonly Problem[];
  readonly paused: boolean;
  /** In the order in which they go out; empty: nothing is owed. */
  readonly deliveries: readonly KeyDelivery[];
}

/** Where a key stands: why it was, or was not, delivered. */
export interface KeyReport {
  readonly category: string;
  /** Canonical condition text. */
  readonly key: string;
  /** Of the key, that wait for dispatch. */
  readonly changes: readonly { readonly strategy: string | null; readonly ageMs: number }[];
  /** Of the key, that were refused, with the reason. */
  readonly refused: readonly { readonly reason: string; readonly ageMs: number }[];
  /** Whether more of the category wait, or were refused, than were looked at. */
  readonly isCut: boolean;
  /** Every strategy of the category, and others that have something of this key. */
  readonly strategies: readonly KeyAtStrategy[];
}

/** So many of a category are looked at: more are told as cut. */
const most = 20_000;

/** Errors: `change.invalid`, `config.invalid` where the adapter cannot find keys, and as `BacklogStore`. */
export async function explainKey(
  backlog: BacklogStore,
  category: CategoryDefinition,
  condition: ConditionInput,
  known: KnownStrategies,
  signal: AbortSignal,
): Promise<KeyReport> {
  const canonical = canonicalCondition(category, condition);
  if (!canonical.ok)
    throw new SynclineError("change.invalid", "The condition does not fit.", { problems: canonical.problems });
  if (backlog.find === undefined)
    throw new SynclineError("config.invalid", "The database's adapter cannot tell where a key stands.");
  const { key } = canonical;
  // Also of strategies that are gone: what they have left is owed to nobody, and asked for.
  const others = (await backlog.status(signal)).strategies;
  const strategies = [
    ...new Set([...known.sound, ...known.invalid.keys(), ...known.disabled, ...others.map(({ strategy }) => strategy)]),
  ];
  const found = await backlog.find({ category: category.name, key, strategies, most: most + 1 }, signal);
  const isOfKey = (text: string) => {
    const parsed = parseCondition(category, text);
    return parsed.ok ? parsed.key === key : text === key;
  };
  const paused = new Set(others.flatMap((each) => (each.paused ? [each.strategy] : [])));
  const isOurs = (name: string) =>
    known.sound.includes(name) || known.invalid.has(name) || known.disabled.includes(name);
  const names = strategies.filter((name) => isOurs(name) || found.deliveries.some(({ strategy }) => strategy === name));
  return {
    category: category.name,
    key,
    changes: found.changes
      .filter(({ condition: text }) => isOfKey(text))
      .map(({ strategy, ageMs }) => ({ strategy, ageMs })),
    refused: found.refused
      .filter(({ condition: text }) => isOfKey(text))
      .map(({ reason, ageMs }) => ({ reason: reason ?? "", ageMs })),
    isCut: found.changes.length > most || found.refused.length > most,
    strategies: names.sort().map((strategy) => ({
      strategy,
      condition: conditionOf(strategy, known),
      problems: known.invalid.get(strategy) ?? [],
      paused: paused.has(strategy),
      deliveries: deliveriesOf(found.deliveries.filter((each) => each.strategy === strategy)),
    })),
  };
}

function conditionOf(name: string, { sound, invalid, disabled }: KnownStrategies): KeyAtStrategy["condition"] {
  if (sound.includes(name)) return "sound";
  if (invalid.has(name)) return "invalid";
  return disabled.includes(name) ? "disabled" : "unknown";
}

function deliveriesOf(found: readonly FoundDelivery[]): readonly KeyDelivery[] {
  return found.map((delivery, place) => ({ ...delivery, state: stateOf(delivery, place) }));
}

function stateOf({ state, leased, dueInMs }: FoundDelivery, place: number): KeyDelivery["state"] {
  if (state !== "pending") return state;
  if (leased) return "leased";
  if (place > 0) return "behind";
  return dueInMs > 0 ? "waiting" : "due";
}
