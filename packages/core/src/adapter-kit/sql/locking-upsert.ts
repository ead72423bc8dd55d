import type { AnswerRow } from "../../model/answer-row.ts";
import type { Carried } from "../../model/delivery.ts";
import { type AskedWithin, ask, type SqlSteps } from "./driver.ts";
import { inIdOrder } from "./id-order.ts";
import type { DeliveryRow, Lane, UpsertGiven } from "./upsert.ts";

interface Ids {
  readonly ids: readonly string[];
}

interface DeliveryKey {
  readonly strategy: string;
  readonly key: string;
}

export interface FoldRow extends Carried {
  /** Of the delivery that it goes into. */
  readonly id: string;
  readonly revision: string;
  /** Epoch milliseconds. */
  readonly firstRecordedAt: number;
  readonly changes: number;
  readonly quietMs: number | null;
  readonly longestMs: number | null;
}

/** Its id is its revision, too. */
export interface NewDeliveryRow extends Omit<FoldRow, "revision">, DeliveryKey {
  readonly ordinal: string;
  readonly token: string | null;
  readonly leaseMs: number | null;
}

export interface LockingUpsertStatements<Statement> {
  /** Answers the last of so many revisions, which follow each other. Whoever asks holds the dispatcher lock. */
  readonly drawRevisions: AskedWithin<Statement, { readonly count: number }>;
  /** Answers those that are paused. */
  readonly pausedAmong: AskedWithin<Statement, { readonly strategies: readonly string[] }>;
  /**
   * Locks nothing. Answers, of keys that have deliveries, the key's place from 1, the ids of its
   * first and its last, and the last's ordinal.
   */
  readonly findDeliveries: AskedWithin<Statement, { readonly keys: readonly DeliveryKey[] }>;
  /** Locks nothing. Answers the ids of all deliveries of keys but the first. */
  readonly findBehind: AskedWithin<Statement, { readonly keys: readonly (DeliveryKey & { readonly first: string })[] }>;
  /** Locks those that are there, in the order in which they are given. Answers id and state. */
  readonly lockDeliveries: AskedWithin<Statement, Ids>;
  /** Not what is leased or held. */
  readonly deleteMerged: AskedWithin<Statement, Ids>;
  /** A lease and a back-off are left alone; what a quiet window holds back is put off. */
  readonly foldIntoLiving: AskedWithin<Statement, { readonly folds: readonly FoldRow[] }>;
  /** Revives it, with fresh attempts. */
  readonly foldIntoDead: AskedWithin<Statement, { readonly folds: readonly FoldRow[] }>;
  readonly insertDeliveries: AskedWithin<Statement, { readonly deliveries: readonly NewDeliveryRow[] }>;
}

/** A delivery as it is given, with what it shares with others. */
type Given = DeliveryRow & Omit<Lane, "strategy"> & { readonly strategy: string; readonly id: bigint };

/**
 * An upsert of a database whose statements that write answer with no rows: folds deliveries in, or
 * inserts them, leased where asked. What there is of their keys is found without a lock, and then
 * locked in the order of ids, as everywhere: what was settled meanwhile is inserted anew. Only the
 * holder of the dispatcher lock inserts.
 */
export function lockingUpsert<Statement>(
  statements: LockingUpsertStatements<Statement>,
): (given: UpsertGiven) => SqlSteps<Statement, readonly AnswerRow[]> {
  return (given) => upsertSteps(statements, given);
}

function* upsertSteps<Statement>(
  statements: LockingUpsertStatements<Statement>,
  { count, lanes, deliveries }: UpsertGiven,
): SqlSteps<Statement, readonly AnswerRow[]> {
  const [[last] = []] = yield* ask(statements.drawRevisions, { count });
  const base = BigInt(String(last ?? 0)) - BigInt(count);
  const given = deliveries.map(
    (each, index): Given => ({ ...laneOf(lanes, each), ...each, id: base + BigInt(index + 1) }),
  );
  const found = yield* whatIsThere(statements, given);
  const locked = yield* lockAll(statements, given, found);
  const isThere = (each: Given) => locked.has(foldsInto(each, found) ?? "");
  const [folds, news] = [given.filter(isThere), given.filter((each) => !isThere(each))];
  yield* fold(statements, folds, found, locked);
  const leased = yield* insert(statements, news, found, yield* pausedOf(statements, lanes));
  return [[base, news.length, folds.length, leased.map((each) => each.id - base).join()]];
}

function laneOf(lanes: readonly Lane[], { lane }: DeliveryRow): Lane {
  return lanes[lane - 1] ?? { strategy: "", token: null, leaseMs: null, quietMs: null, longestMs: null };
}

function* pausedOf<Statement>(
  { pausedAmong }: LockingUpsertStatements<Statement>,
  lanes: readonly Lane[],
): SqlSteps<Statement, ReadonlySet<string>> {
  const strategies = lanes.filter(({ token }) => token !== null).map(({ strategy }) => strategy);
  if (strategies.length === 0) return new Set();
  return new Set((yield* ask(pausedAmong, { strategies })).map(([strategy]) => String(strategy)));
}

interface Found {
  readonly first: string;
  readonly last: string;
  /** The key has deliveries that were written one by one. */
  readonly isOrdered: boolean;
}

/** By the delivery's own id. */
type FoundByDelivery = ReadonlyMap<bigint, Found>;

function* whatIsThere<Statement>(
  { findDeliveries }: LockingUpsertStatements<Statement>,
  given: readonly Given[],
): SqlSteps<Statement, FoundByDelivery> {
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
function* lockAll<Statement>(
  statements: LockingUpsertStatements<Statement>,
  given: readonly Given[],
  found: FoundByDelivery,
): SqlSteps<Statement, ReadonlyMap<string, string>> {
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

function* fold<Statement>(
  statements: LockingUpsertStatements<Statement>,
  given: readonly Given[],
  found: FoundByDelivery,
  locked: ReadonlyMap<string, string>,
): SqlSteps<Statement, void> {
  const folds = given.map(
    (each): FoldRow => ({ ...each, id: foldsInto(each, found) ?? "", revision: String(each.id) }),
  );
  const isDead = ({ id }: FoldRow) => locked.get(id) === "dead";
  const [dead, living] = [folds.filter(isDead), folds.filter((each) => !isDead(each))];
  if (living.length > 0) yield* ask(statements.foldIntoLiving, { folds: living });
  if (dead.length > 0) yield* ask(statements.foldIntoDead, { folds: dead });
}

/**
 * Only what has nothing else of its key is leased. What goes out one by one does so in the order of
 * revisions. Returns what was leased.
 */
function* insert<Statement>(
  { insertDeliveries }: LockingUpsertStatements<Statement>,
  given: readonly Given[],
  found: FoundByDelivery,
  paused: ReadonlySet<string>,
): SqlSteps<Statement, readonly Given[]> {
  const isLeased = (each: Given) =>
    each.token !== null && each.leasable && each.quietMs === null && !found.has(each.id) && !paused.has(each.strategy);
  const deliveries = given.map((each): NewDeliveryRow => {
    const id = String(each.id);
    const ordinal = each.ordinal === "0" && !merges(each, found) ? "0" : id;
    return { ...each, id, ordinal, token: isLeased(each) ? each.token : null };
  });
  if (deliveries.length > 0) yield* ask(insertDeliveries, { deliveries });
  return given.filter(isLeased);
}
