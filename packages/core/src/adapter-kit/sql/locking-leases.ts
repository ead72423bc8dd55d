import type { AnswerRow } from "../../model/answer-row.ts";
import { type Claim, claimColumns, type Demand } from "../../model/delivery.ts";
import { type AskedWithin, ask, type SqlSteps } from "./driver.ts";
import { compareIds, inIdOrder } from "./id-order.ts";
import type { ClaimGiven, LeaseStatements, SettlementRow } from "./leases.ts";

interface Held {
  readonly id: string;
  readonly token: string;
  readonly revision: string;
}

interface Ids {
  readonly ids: readonly string[];
}

/** All rows that are given come in the order of ids, and are locked so. */
export interface LockingLeaseStatements<Statement> {
  /**
   * Locks due deliveries, the oldest first, past what others have locked. Answers with
   * `claimColumns`, and behind them the time at which it was due, as texts of one length.
   */
  readonly lockDue: AskedWithin<Statement, { readonly demands: readonly Demand[] }>;
  readonly leaseLocked: AskedWithin<
    Statement,
    {
      readonly claims: readonly { readonly id: string; readonly lapsed: number }[];
      readonly token: string;
      readonly leaseMs: number;
    }
  >;
  /** Locks what is still leased so. Answers with the place, the id and the revision. */
  readonly lockLeased: AskedWithin<Statement, { readonly leases: readonly Held[] }>;
  readonly extendLeases: AskedWithin<
    Statement,
    { readonly leases: readonly { readonly id: string }[]; readonly leaseMs: number }
  >;
  /** Deletes those of the same token and revision. Answers how many. */
  readonly deleteAccepted: AskedWithin<Statement, { readonly leases: readonly Held[] }>;
  /** Due again at once, with fresh attempts. */
  readonly startAfresh: AskedWithin<
    Statement,
    { readonly rows: readonly { readonly id: string; readonly isAccepted: number }[] }
  >;
  /** What is tried again, given back, or has ended for good. */
  readonly putBack: AskedWithin<Statement, { readonly rows: readonly PutBackRow[] }>;
  /** Locks what waits for something else, the next due first, past what others have locked. */
  readonly lockWaiting: AskedWithin<Statement, { readonly strategy: string; readonly limit: number }>;
  readonly makeDue: AskedWithin<Statement, Ids>;
}

export interface PutBackRow {
  readonly id: string;
  readonly state: "pending" | "dead" | "held";
  /** 1: it counts as an attempt. */
  readonly counted: number;
  readonly delayMs: number | null;
  readonly kind: string | null;
  readonly code: string | null;
  readonly message: string | null;
}

/**
 * Leases of a database whose statements that write answer with no rows: what is concerned is locked
 * first, in the order of ids; what becomes of it is decided here, on rows that nobody else can
 * change; and then it is written.
 */
export function lockingLeases<Statement>(statements: LockingLeaseStatements<Statement>): LeaseStatements<Statement> {
  type Steps = SqlSteps<Statement, readonly AnswerRow[]>;
  return {
    claim: (given) => claimSteps(statements, given),
    *renew({ leases, leaseMs }): Steps {
      const locked = yield* ask(statements.lockLeased, { leases: byId(leases) });
      const held = locked.map(([, id]) => ({ id: String(id) }));
      if (held.length > 0) yield* ask(statements.extendLeases, { leases: held, leaseMs });
      return held.map(({ id }) => [id]);
    },
    settleAll: ({ settlements }) => settleSteps(statements, settlements),
    settleAccepted: ({ leases }) => ask(statements.deleteAccepted, { leases: byId(leases) }),
    *hasten(given): Steps {
      const ids = (yield* ask(statements.lockWaiting, given)).map(([id]) => String(id));
      if (ids.length > 0) yield* ask(statements.makeDue, { ids: inIdOrder(ids) });
      return [[ids.length]];
    },
    ordersItself: true,
  };
}

const { at } = claimColumns;
const dueAt = claimColumns.names.length;

function* claimSteps<Statement>(
  { lockDue, leaseLocked }: LockingLeaseStatements<Statement>,
  { demands, token, leaseMs }: ClaimGiven,
): SqlSteps<Statement, readonly AnswerRow[]> {
  const found = [...(yield* ask(lockDue, { demands }))];
  if (found.length === 0) return [];
  const claims = found.map((row) => ({ id: String(row[at.id]), lapsed: Number(row[at.lapsed]) })).sort(compareById);
  yield* ask(leaseLocked, { claims, token, leaseMs });
  return found.sort(byDueTime);
}

function byDueTime(one: AnswerRow, other: AnswerRow): number {
  const [a, b] = [String(one[dueAt]), String(other[dueAt])];
  return a < b ? -1 : a > b ? 1 : compareIds(String(one[at.id]), String(other[at.id]));
}

/**
 * What is dead though newer changes had come is due again: a change that is dispatched before the
 * refusal is settled must not fare worse than one that revives the dead letter a moment later.
 */
function* settleSteps<Statement>(
  statements: LockingLeaseStatements<Statement>,
  settlements: readonly SettlementRow[],
): SqlSteps<Statement, readonly AnswerRow[]> {
  const placed = settlements.map((row, position) => ({ ...row, position })).sort(compareById);
  const locked = new Map(
    (yield* ask(statements.lockLeased, { leases: placed.map(heldOf) })).map(([, id, newest]) => [String(id), newest]),
  );
  const endsAs = (row: SettlementRow): "ended" | "again" | "kept" | "late" => {
    if (!locked.has(row.id)) return "late";
    if (row.result !== "accepted" && row.result !== "dead") return "kept";
    if (String(locked.get(row.id)) !== row.revision) return "again";
    return row.result === "accepted" ? "ended" : "kept";
  };
  const ending = (end: ReturnType<typeof endsAs>) => placed.filter((row) => endsAs(row) === end);
  const [ended, again, kept] = [ending("ended"), ending("again"), ending("kept")];
  if (ended.length > 0) yield* ask(statements.deleteAccepted, { leases: ended.map(heldOf) });
  if (again.length > 0)
    yield* ask(statements.startAfresh, {
      rows: again.map(({ id, result }) => ({ id, isAccepted: Number(result === "accepted") })),
    });
  if (kept.length > 0) yield* ask(statements.putBack, { rows: kept.map(backOf) });
  return [
    ...again.map(({ position }) => [position, "again"]),
    ...ending("late").map(({ position }) => [position, "late"]),
    [placed.length, "settled"],
  ];
}

function backOf({ id, result, delayMs, kind, code, message }: SettlementRow): PutBackRow {
  const state = result === "dead" || result === "held" ? result : "pending";
  return { id, state, counted: Number(result !== "released"), delayMs, kind, code, message };
}

function compareById(one: { readonly id: string }, other: { readonly id: string }): number {
  return compareIds(one.id, other.id);
}

function byId(leases: readonly Claim[]): readonly Held[] {
  return leases.map(heldOf).sort(compareById);
}

function heldOf({ id, token, revision }: Held): Held {
  return { id, token, revision };
}
