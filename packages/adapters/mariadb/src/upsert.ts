import {
  type AnswerRow,
  ask,
  type DeliveryRow,
  type Lane,
  type SqlSteps,
  type UpsertGiven,
} from "@syncline/core/adapter-kit";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";
import type { Fold, NewDelivery } from "./sql/upsert-deliveries.ts";

type Steps<Result> = SqlSteps<NamedStatement, Result>;

/** A delivery as it is given, with what it shares with others. */
type Given = DeliveryRow & Omit<Lane, "strategy"> & { readonly strategy: string; readonly id: bigint };

/**
 * Folds deliveries in, or inserts them, leased where asked. What there is of their keys is found
 * without a lock, and then locked in the order of ids, as everywhere: what was settled meanwhile is
 * inserted anew. Only the holder of the dispatcher lock inserts.
 */
export function* upsertSteps(
  statements: OwnStatements,
  { count, lanes, deliveries }: UpsertGiven,
): Steps<readonly AnswerRow[]> {
  const base = yield* revisionsBefore(statements, count);
  const given = deliveries.map(
    (each, index): Given => ({ ...laneOf(lanes, each), ...each, id: base + BigInt(index + 1) }),
  );
  const found = yield* whatIsThere(statements, given);
  const locked = yield* lockAll(statements, given, found);
  const folds = given.filter((each) => locked.has(foldsInto(each, found) ?? ""));
  yield* fold(statements, folds, found, locked);
  const news = given.filter((each) => !locked.has(foldsInto(each, found) ?? ""));
  const leased = yield* insert(statements, news, found, yield* pausedAmong(statements, lanes));
  return [[base, news.length, folds.length, leased.map((each) => each.id - base).join()]];
}

function laneOf(lanes: readonly Lane[], { lane }: DeliveryRow): Lane {
  return lanes[lane - 1] ?? { strategy: "", token: null, leaseMs: null, quietMs: null, longestMs: null };
}

/** The number before the block's first one. */
function* revisionsBefore({ drawRevisions }: OwnStatements, count: number): Steps<bigint> {
  const [row] = yield* ask(drawRevisions, { count });
  return BigInt(String(row?.[1] ?? 0)) - BigInt(count);
}

function* pausedAmong({ pausedAmong: asked }: OwnStatements, lanes: readonly Lane[]): Steps<ReadonlySet<string>> {
  const strategies = lanes.filter(({ token }) => token !== null).map(({ strategy }) => strategy);
  if (strategies.length === 0) return new Set();
  return new Set((yield* ask(asked, { strategies })).map(([strategy]) => String(strategy)));
}

interface Found {
  readonly first: string;
  readonly last: string;
  /** The key has deliveries that were written one by one. */
  readonly isOrdered: boolean;
}

/** By the delivery's own id. */
type FoundByDelivery = ReadonlyMap<bigint, Found>;

function* whatIsThere({ findDeliveries }: OwnStatements, given: readonly Given[]): Steps<FoundByDelivery> {
  const rows = yield* ask(findDeliveries, { keys: given.map(({ strategy, key }) => ({ strategy, key })) });
  return new Map(
    rows.map(([n, first, last, lastOrdinal]) => [
      given[Number(n) - 1]?.id ?? 0n,
      { first: String(first), last: String(last), isOrdered: String(lastOrdinal) !== "0" },
    ]),
  );
}

/** What coalesces folds into the key's first. */
function foldsInto({ id, ordinal }: Given, found: FoundByDelivery): string | undefined {
  const known = found.get(id);
  if (known === undefined || ordinal !== "0") return undefined;
  return known.isOrdered ? known.first : known.last;
}

const merges = ({ id, ordinal }: Given, found: FoundByDelivery) => ordinal === "0" && found.get(id)?.isOrdered === true;

/** Returns those that are there, with their states; what is merged is gone. */
function* lockAll(
  statements: OwnStatements,
  given: readonly Given[],
  found: FoundByDelivery,
): Steps<ReadonlyMap<string, string>> {
  const into = given.flatMap((each) => foldsInto(each, found) ?? []);
  const merged = given.filter((each) => merges(each, found));
  const keys = merged.map(({ id, strategy, key }) => ({ strategy, key, first: found.get(id)?.first ?? "" }));
  const behind = keys.length === 0 ? [] : (yield* ask(statements.findBehind, { keys })).map(([id]) => String(id));
  const ids = inIdOrder([...into, ...behind]);
  if (ids.length === 0) return new Map();
  const locked = new Map(
    (yield* ask(statements.lockDeliveries, { ids })).map(([id, state]) => [String(id), String(state)]),
  );
  if (behind.length > 0) yield* ask(statements.deleteMerged, { ids: inIdOrder(behind) });
  return locked;
}

function* fold(
  statements: OwnStatements,
  given: readonly Given[],
  found: FoundByDelivery,
  locked: ReadonlyMap<string, string>,
): Steps<void> {
  const folds = given.map((each): Fold => ({ ...each, id: foldsInto(each, found) ?? "", revision: String(each.id) }));
  const isDead = ({ id }: Fold) => locked.get(id) === "dead";
  const [dead, living] = [folds.filter(isDead), folds.filter((each) => !isDead(each))];
  if (living.length > 0) yield* ask(statements.foldIntoLiving, { folds: living });
  if (dead.length > 0) yield* ask(statements.foldIntoDead, { folds: dead });
}

/**
 * Only what has nothing else of its key is leased. What goes out one by one does so in the order of
 * revisions. Returns what was leased.
 */
function* insert(
  statements: OwnStatements,
  given: readonly Given[],
  found: FoundByDelivery,
  paused: ReadonlySet<string>,
): Steps<readonly Given[]> {
  const isLeased = (each: Given) =>
    each.token !== null && each.leasable && each.quietMs === null && !found.has(each.id) && !paused.has(each.strategy);
  const deliveries = given.map((each): NewDelivery => {
    const id = String(each.id);
    const ordinal = each.ordinal === "0" && !merges(each, found) ? "0" : id;
    return { ...each, id, ordinal, token: isLeased(each) ? each.token : null };
  });
  if (deliveries.length > 0) yield* ask(statements.insertDeliveries, { deliveries });
  return given.filter(isLeased);
}

/** Decimal digits without leading zeros, as numbers. Each once. */
export function inIdOrder(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort(compareIds);
}

export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}
