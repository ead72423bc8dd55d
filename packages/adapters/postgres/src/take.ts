import {
  type AnswerRow,
  ask,
  changeColumns,
  recordedChangeOf,
  type SqlSteps,
  type Take,
  type TakenChanges,
  type TakeSteps,
} from "@syncline/core/adapter-kit";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { saidOnce } from "./sql/take-changes.ts";

/** One statement. So a dispatch is BEGIN with take, upsert, COMMIT: three round trips; with nothing to take, two. */
export function takeWith(statements: OwnStatements): TakeSteps<NamedStatement> {
  return (take) => takeSteps(statements, take);
}

function* takeSteps(statements: OwnStatements, take: Take): SqlSteps<NamedStatement, TakenChanges> {
  const { limit, pass, flood } = take;
  const { after } = pass;
  if (flood === undefined) return takenOf(yield* ask(statements.take, { limit, after }), take);
  const { floods, others, span } = flood;
  const given = {
    ...{ limit, after, othersAfter: String(others.after), others: others.count, span: String(span) },
    categories: floods.map(({ category }) => category ?? null),
    strategies: floods.map(({ strategy }) => strategy ?? null),
    afters: floods.map((each) => String(each.after)),
    shares: floods.map(({ share }) => share),
  };
  return takenOf(yield* ask(statements.takeFromFlood, given), take);
}

function takenOf(rows: readonly AnswerRow[], take: Take): TakenChanges {
  const { pass, flood } = take;
  const [revision, first, took] = rows[0] ?? [];
  pass.tookMs = Number(took);
  if (first === null || first === undefined) return { status: "idle", strategiesRevision: undefined, changes: [] };
  const oldest = BigInt(String(first));
  pass.goneThrough = oldest - 1n;
  if (revision === null || revision === undefined)
    return { status: "busy", strategiesRevision: undefined, changes: [] };
  const changes = rows.filter((row) => row[saidOnce] !== null).map((row) => recordedChangeOf(row.slice(saidOnce)));
  const last = changes.at(-1);
  if (flood === undefined && last !== undefined) pass.goneThrough = BigInt(last.id);
  take.seen = {
    changes,
    oldest,
    newest: BigInt(String(rows[0]?.[saidOnce + changeColumns.names.length] ?? 0)),
    tookMs: Number(took),
  };
  return { status: "held", strategiesRevision: String(revision), changes };
}
