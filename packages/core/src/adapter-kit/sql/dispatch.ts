import type { DispatchResult, Route } from "../../contracts/poller.ts";
import type { RecordedChange, RefusedChange } from "../../model/change.ts";
import { reasonText } from "../failure-text.ts";
import { inLockOrder } from "../lock-order.ts";
import { type AskedWithin, ask, type SqlSteps } from "./driver.ts";
import { type UpsertGiven, upsertedOf, upsertGiven } from "./upsert.ts";

export interface TakenChanges {
  /** `busy`: another worker holds the dispatcher lock. `idle`: there is no change, and the lock need not be held. */
  readonly status: "held" | "busy" | "idle";
  /** As the strategy store says it; `undefined` if the database keeps no strategies. */
  readonly strategiesRevision: string | undefined;
  readonly changes: readonly RecordedChange[];
}

export interface DispatchEnd {
  readonly result: DispatchResult;
  /** Roll back. Also where nothing was found: a transaction that has only locked a row would write a commit all the same. */
  readonly undo: boolean;
}

export type RefusedRow = RecordedChange & { readonly reason: string };

export interface DispatchStatements<Statement> {
  /** At least one. */
  readonly keepRefused: AskedWithin<Statement, { readonly refused: readonly RefusedRow[] }>;
  /** At least one delivery, in lock order. Answers as `upsertedOf` reads it. */
  readonly upsert: AskedWithin<Statement, UpsertGiven>;
}

const none: DispatchResult = { status: "done", taken: 0, inserted: 0, folded: 0, claims: [] };

/**
 * `Poller.dispatch` as the steps of one transaction. `take` takes the dispatcher lock without
 * waiting, and the oldest committed changes, which it deletes.
 */
export function* dispatchSteps<Statement>(
  take: () => SqlSteps<Statement, TakenChanges>,
  statements: DispatchStatements<Statement>,
  route: Route,
): SqlSteps<Statement, DispatchEnd> {
  const { status, changes, strategiesRevision } = yield* take();
  if (status === "busy") return { result: { ...none, status: "busy" }, undo: true };
  if (status === "idle" || changes.length === 0) return { result: none, undo: true };
  const routing = route(changes, strategiesRevision);
  if (routing === undefined) return { result: { ...none, status: "stale" }, undo: true };
  const { refused, deliveries } = routing;
  if (refused.length > 0) yield* ask(statements.keepRefused, { refused: refused.map(refusedRow) });
  const taken = changes.length;
  if (deliveries.length === 0) return { result: { ...none, taken }, undo: false };
  const ordered = inLockOrder(deliveries, (delivery) => delivery);
  const upserted = upsertedOf(yield* ask(statements.upsert, upsertGiven(ordered)), ordered);
  return { result: { status: "done", taken, ...upserted }, undo: false };
}

/** A refused change as a row. */
export function refusedRow({ change, reason }: RefusedChange): RefusedRow {
  return { ...change, reason: reasonText(reason) };
}
