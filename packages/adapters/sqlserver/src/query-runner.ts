import { throwIfAborted } from "@syncline/core/adapter-kit";
import {
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
} from "@syncline/core/spi";
import { cancelledByAbort } from "./connections.ts";
import { type ExactTexts, exactTexts } from "./exact-texts.ts";
import { bindValues } from "./parameter-types.ts";
import type { ConnectedPool } from "./pools.ts";
import { type ReadResult, readRows } from "./read-rows.ts";
import { type ReadIsolation, readBatch } from "./sql/read-batch.ts";
import { shapeOf, type TemplateShape } from "./template-shape.ts";

export interface QueryRunnerSettings {
  /** Whose login reads. One that may do no more than SELECT is the real fence; what is here is the second. */
  readonly pool: ConnectedPool;
  readonly isolation: ReadIsolation;
}

/**
 * One round trip, whatever the number of statements. SQL Server has no read-only transaction: so each text is looked at,
 * and must be one SELECT; what runs is rolled back in any case; and the login should be one that may only SELECT.
 */
export function createQueryRunner({ pool, isolation }: QueryRunnerSettings): QueryRunner {
  const shapes = createShapes();
  const exact = exactTexts();
  return {
    async run(statements, limits, signal) {
      throwIfAborted(signal);
      for (const { text } of statements) refuseOthers(shapes(text));
      if (statements.length === 0) return [];
      const results = await readAll({ pool, isolation, exact }, statements, limits, signal);
      if (results.every(({ isInexact }) => !isInexact)) return results.map(resultOf);
      results.forEach((result, index) => {
        const text = statements[index]?.text ?? "";
        if (result.isInexact) exact.learn(text, shapes(text), result.columns);
      });
      return (await readAll({ pool, isolation, exact }, statements, limits, signal)).map(resultOf);
    },
  };
}

interface ReadParts extends QueryRunnerSettings {
  readonly exact: ExactTexts;
}

async function readAll(
  { pool, isolation, exact }: ReadParts,
  statements: readonly Statement[],
  limits: QueryLimits,
  signal: AbortSignal,
): Promise<readonly ReadResult[]> {
  const known = statements.map(({ text }) => exact.of(text));
  const sent = statements.map((statement, index) => ({ ...statement, text: known[index]?.text ?? statement.text }));
  const { statement, values } = readBatch(sent, isolation);
  const results = await pool.use((used) => {
    const request = used.request({ requestTimeout: Math.ceil(limits.timeoutMs) });
    bindValues(request, statement, values);
    const casts = known.map((each) => each?.casts);
    return cancelledByAbort(readRows(request, statement.text, limits, casts), request, signal, 0);
  }, signal);
  if (results.length !== statements.length)
    throw new SynclineError("query.invalid", "A query must yield one result set, and this one yields none or several.");
  return results;
}

function resultOf({ columns, rows }: ReadResult): QueryResult {
  return { columns: columns.map(({ name }) => name), rows };
}

function refuseOthers({ refusal }: TemplateShape): void {
  if (refusal !== undefined) throw new SynclineError("query.refused", `The query is not run. ${refusal}`);
}

/** A strategy's text stays the same; what a text is made of needs to be found out once. */
function createShapes(): (text: string) => TemplateShape {
  const known = new Map<string, TemplateShape>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= mostShapes) known.clear();
    const shape = shapeOf(text);
    known.set(text, shape);
    return shape;
  };
}

const mostShapes = 1_000;
