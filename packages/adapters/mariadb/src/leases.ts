import {
  type AnswerRow,
  ask,
  type ClaimGiven,
  claimColumns,
  type LeaseStatements,
  type SettlementRow,
  type SqlSteps,
} from "@syncline/core/adapter-kit";
import type { Claim, Demand } from "@syncline/core/spi";
import { demandValues, mostDemands } from "./sql/claim-due.ts";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { compareIds } from "./upsert.ts";

type Steps<Result> = SqlSteps<NamedStatement, Result>;

/** Each locks in the order of ids. */
export function leaseStatements(statements: OwnStatements): LeaseStatements<NamedStatement> {
  return {
    claim: (given) => claimSteps(statements, given),
    renew: (given) => renewSteps(statements, given),
    settleAll: ({ settlements }) => settleSteps(statements, settlements),
    settleAccepted: ({ leases }) => ask(statements.deleteAccepted, { leases: byId(leases) }),
    hasten: (given) => hastenSteps(statements, given),
    ordersItself: true,
  };
}

const { at } = claimColumns;
const dueAt = claimColumns.names.length;

function* claimSteps(statements: OwnStatements, { demands, token, leaseMs }: ClaimGiven): Steps<readonly AnswerRow[]> {
  const found: AnswerRow[] = [];
  for (let start = 0; start < demands.length; start += mostDemands)
    found.push(...(yield* lockDue(statements, demands.slice(start, start + mostDemands))));
  if (found.length === 0) return [];
  const claims = found.map((row) => ({ id: String(row[at.id]), lapsed: Number(row[at.lapsed]) })).sort(byIdOf);
  yield* ask(statements.leaseLocked, { claims, token, leaseMs });
  return found.sort(byDueTime);
}

function* lockDue(statements: OwnStatements, demands: readonly Demand[]): Steps<readonly AnswerRow[]> {
  const size = 2 ** Math.ceil(Math.log2(demands.length));
  return yield { statement: statements.lockDue(size), given: demandValues(demands, size) };
}

/** Times as texts of one length. */
function byDueTime(one: AnswerRow, other: AnswerRow): number {
  const [a, b] = [String(one[dueAt]), String(other[dueAt])];
  return a < b ? -1 : a > b ? 1 : compareIds(String(one[at.id]), String(other[at.id]));
}

function* renewSteps(
  statements: OwnStatements,
  { leases, leaseMs }: { readonly leases: readonly Claim[]; readonly leaseMs: number },
): Steps<readonly AnswerRow[]> {
  const held = (yield* ask(statements.lockLeased, { leases: byId(leases) })).map(([, id]) => ({ id: String(id) }));
  if (held.length > 0) yield* ask(statements.extendLeases, { leases: held, leaseMs });
  return held.map(({ id }) => [id]);
}

function* hastenSteps(
  { lockWaiting, makeDue }: OwnStatements,
  given: { readonly strategy: string; readonly limit: number },
): Steps<readonly AnswerRow[]> {
  const ids = (yield* ask(lockWaiting, given)).map(([id]) => String(id));
  if (ids.length > 0) yield* ask(makeDue, { ids });
  return [[ids.length]];
}

/**
 * What is dead though newer changes had come is due again: a change that is dispatched before the
 * refusal is settled must not fare worse than one that revives the dead letter a moment later.
 */
function* settleSteps(statements: OwnStatements, settlements: readonly SettlementRow[]): Steps<readonly AnswerRow[]> {
  const placed = settlements.map((row, position) => ({ ...row, position })).sort(byIdOf);
  const locked = new Map(
    (yield* ask(statements.lockLeased, { leases: placed.map(leaseOf) })).map(([, id, newest]) => [String(id), newest]),
  );
  const isNewest = ({ id, revision }: SettlementRow) => String(locked.get(id)) === revision;
  const endsAs = (row: SettlementRow): "ended" | "again" | "kept" | "late" => {
    if (!locked.has(row.id)) return "late";
    if (row.result !== "accepted" && row.result !== "dead") return "kept";
    if (!isNewest(row)) return "again";
    return row.result === "accepted" ? "ended" : "kept";
  };
  const ending = (end: ReturnType<typeof endsAs>) => placed.filter((row) => endsAs(row) === end);
  const [ended, again, kept] = [ending("ended"), ending("again"), ending("kept")];
  if (ended.length > 0) yield* ask(statements.deleteAccepted, { leases: ended.map(leaseOf) });
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

function backOf({ id, result, delayMs, kind, code, message }: SettlementRow) {
  const state = result === "dead" || result === "held" ? result : "pending";
  return { id, state, counted: Number(result !== "released"), delayMs, kind, code, message };
}

type WithId = { readonly id: string };

function byIdOf(one: WithId, other: WithId): number {
  return compareIds(one.id, other.id);
}

function byId(leases: readonly Claim[]) {
  return leases.map(leaseOf).sort(byIdOf);
}

function leaseOf({ id, token, revision }: Pick<Claim, "id" | "token" | "revision">) {
  return { id, token, revision };
}
