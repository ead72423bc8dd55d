import type { Poller } from "../../contracts/poller.ts";
import type { RecordedChange } from "../../model/change.ts";
import { type ChangePass, ChangeScan } from "../change-scan.ts";
import { type FloodTake, FloodWatch, type TakenAmong } from "../flood-watch.ts";
import { recordedChangeOf } from "../rows.ts";
import { type DispatchStatements, dispatchSteps, type TakenChanges } from "./dispatch.ts";
import { type AskedWithin, ask, type Nothing, type SqlDriver, type SqlSteps } from "./driver.ts";

/** One take, and what it saw. */
export interface Take {
  readonly limit: number;
  /** To be told how far it has gone, and how long the search took. */
  readonly pass: ChangePass;
  /** `undefined`: the oldest changes go first. */
  readonly flood: FloodTake | undefined;
  /** What was seen, for a database that lets others pass a flood; otherwise it stays `undefined`. */
  seen: TakenAmong | undefined;
}

/**
 * The steps of a take: the dispatcher lock, without waiting, and the oldest committed changes, which
 * are deleted.
 */
export type TakeSteps<Statement> = (take: Take) => SqlSteps<Statement, TakenChanges>;

/** `Poller.dispatch`: a take, then what `dispatchSteps` writes, in one transaction. */
export function createDispatch<Statement>(
  driver: SqlDriver<Statement>,
  statements: DispatchStatements<Statement>,
  takeSteps: TakeSteps<Statement>,
): Poller["dispatch"] {
  const scan = new ChangeScan();
  const floods = new FloodWatch();
  return async (limit, route, signal) => {
    const take: Take = { limit, pass: scan.begin(), flood: floods.next(limit), seen: undefined };
    const result = await driver.transaction(() => dispatchSteps(() => takeSteps(take), statements, route), signal);
    // What was taken and then put back is still there.
    if (result.status === "stale") take.pass.goneThrough = undefined;
    scan.end(take.pass);
    if (result.status === "done" && take.seen !== undefined) floods.took(limit, take.flood, take.seen);
    return result;
  };
}

/** Ids are decimal digits. */
interface IdRange {
  /** Exclusive. */
  readonly after: string;
  /** Inclusive. */
  readonly through: string;
}

/** What takes the oldest changes, of a database that cannot lock, answer and delete in one statement. */
export interface TakeStatements<Statement> {
  /** Locks nothing. Answers the lowest id behind `after`, NULL without one, and the highest of all. */
  readonly changeRange: AskedWithin<Statement, { readonly after: string }>;
  /**
   * Locks the dispatcher's row without waiting. Answers no row if somebody else holds it, as `SKIP
   * LOCKED` does; otherwise the strategies' revision.
   */
  readonly lockDispatcher: AskedWithin<Statement, Nothing>;
  /** The oldest committed changes, of this id (`from`) and higher ones. Never waits. Answers in `changeColumns`. */
  readonly oldestChanges: AskedWithin<Statement, { readonly from: string; readonly limit: number }>;
  /** One at least. */
  readonly deleteChanges: AskedWithin<Statement, { readonly ids: readonly string[] }>;
  /** Lets others pass a flood: see `FloodWatch`. */
  readonly amongFloods?: FloodStatements<Statement>;
}

/** What takes changes while there are floods, `mostFloods` at most. Both answer in `changeColumns`. */
export interface FloodStatements<Statement> {
  /** The oldest of no flood: neither of one of these categories nor of one of these strategies' backfills. */
  readonly otherChanges: AskedWithin<
    Statement,
    IdRange & { readonly limit: number; readonly floods: readonly string[]; readonly backfills: readonly string[] }
  >;
  /** The oldest of one flood: of a category without a strategy, or of a strategy's backfill. */
  readonly floodChanges: AskedWithin<
    Statement,
    IdRange & { readonly limit: number; readonly category: string | null; readonly strategy: string | null }
  >;
}

/** Looks first and locks then: an idle poll locks nothing. */
export function takeStepsOf<Statement>(statements: TakeStatements<Statement>): TakeSteps<Statement> {
  const { changeRange, lockDispatcher, deleteChanges, amongFloods } = statements;
  return function* (take) {
    const { pass, flood, limit } = take;
    const began = performance.now();
    const [range] = yield* ask(changeRange, { after: pass.after });
    pass.tookMs = performance.now() - began;
    const [first, newest] = range ?? [];
    if (first === null || first === undefined) return nothing("idle");
    const oldest = BigInt(String(first));
    pass.goneThrough = oldest - 1n;
    const [held] = yield* ask(lockDispatcher, {});
    if (held === undefined) return nothing("busy");
    const changes =
      flood === undefined || amongFloods === undefined
        ? (yield* ask(statements.oldestChanges, { from: String(oldest), limit })).map(recordedChangeOf)
        : yield* takeAmong(amongFloods, oldest, limit, flood);
    if (changes.length > 0) yield* ask(deleteChanges, { ids: changes.map(({ id }) => id) });
    const last = changes.at(-1);
    if (flood === undefined && last !== undefined) pass.goneThrough = BigInt(last.id);
    pass.tookMs = performance.now() - began;
    if (amongFloods !== undefined)
      take.seen = { changes, oldest, newest: BigInt(String(newest ?? 0)), tookMs: pass.tookMs };
    return { status: "held", strategiesRevision: String(held[0]), changes };
  };
}

function nothing(status: "idle" | "busy"): TakenChanges {
  return { status, strategiesRevision: undefined, changes: [] };
}

/**
 * First those of no flood, so that they do not wait for one; then the oldest of each flood, as many
 * as its share. Each part looks at so many ids at most.
 */
export function* takeAmong<Statement>(
  { otherChanges, floodChanges }: FloodStatements<Statement>,
  oldest: bigint,
  limit: number,
  { floods, others, span }: FloodTake,
): SqlSteps<Statement, readonly RecordedChange[]> {
  const range = (after: bigint): IdRange => {
    const isBehind = after > oldest;
    return { after: String(isBehind ? after : oldest - 1n), through: String((isBehind ? after : oldest) + span) };
  };
  const named = (kind: "category" | "strategy") => floods.flatMap((flood) => flood[kind] ?? []);
  const wanted = { limit: others.count, floods: named("category"), backfills: named("strategy") };
  const rows = [...(yield* ask(otherChanges, { ...range(others.after), ...wanted }))];
  const left = limit - rows.length;
  for (const { category = null, strategy = null, after, share } of floods) {
    const own = Math.min(Math.ceil(left * share), limit - rows.length);
    if (own > 0) rows.push(...(yield* ask(floodChanges, { ...range(after), limit: own, category, strategy })));
  }
  return rows.map(recordedChangeOf).sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
}
