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
import { bigintArray, numberArray } from "./parameters.ts";
import type { OwnStatements } from "./sql/registry.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { saidOnce } from "./sql/take-changes.ts";

/** One statement. So a dispatch is BEGIN with take, upsert, COMMIT: three round trips; with nothing to take, two. */
export function takeWith(statements: OwnStatements): TakeSteps<NamedStatement> {
  return (take) => takeSteps(statements, take);
}

function* takeSteps(statements: OwnStatements, take: Take): SqlSteps<NamedStatement, TakenChanges> {
  const { limit, pass, flood } = take;
  if (flood === undefined) return takenOf(yield* ask(statements.take, { values: [limit, pass.after] }), take);
  const { floods, others, span } = flood;
  const values = [
    limit,
    pass.after,
    String(others.after),
    others.count,
    String(span),
    floods.map(({ category }) => category ?? null),
    floods.map(({ strategy }) => strategy ?? null),
    bigintArray(floods.map(({ after }) => String(after))),
    numberArray(floods.map((each) => each.share)),
  ];
  return takenOf(yield* ask(statements.takeFromFlood, { values }), take);
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
