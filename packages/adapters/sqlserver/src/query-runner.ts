import { throwIfAborted } from "@syncline/core/adapter-kit";
import { type QueryLimits, type QueryResult, type QueryRunner, SynclineError } from "@syncline/core/spi";
import { unmarked } from "./attested.ts";
import { cancelledByAbort } from "./connections.ts";
import type { WordsShown } from "./errors.ts";
import { type ExactTexts, exactTexts } from "./exact-texts.ts";
import { bindValues } from "./parameter-types.ts";
import type { ConnectedPool } from "./pools.ts";
import { type ReadResult, readRows } from "./read-rows.ts";
import { type ReadSettings, type ReadStatement, readBatch } from "./sql/read-batch.ts";
import { shapeOf, type TemplateShape } from "./template-shape.ts";

export interface QueryRunnerSettings extends ReadSettings, WordsShown {
  /** Whose login reads. One that may do no more than SELECT is the real fence; what is here is the second. */
  readonly pool: ConnectedPool;
  readonly describe: NonNullable<QueryRunner["describe"]>;
  readonly concurrency: number | undefined;
}

/**
 * One round trip, whatever the number of statements. SQL Server has no read-only transaction: so each text is looked at,
 * and must be one SELECT; what runs is rolled back in any case; and the login should be one that may only SELECT.
 */
export function createQueryRunner({ pool, describe, concurrency, ...settings }: QueryRunnerSettings): QueryRunner {
  const shapes = createShapes();
  const exact = exactTexts();
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    async run(statements, limits, signal) {
      throwIfAborted(signal);
      const wanted = statements.map(({ text, parameters }) => ({ ...unmarked(text), parameters }));
      for (const { text } of wanted) refuseOthers(shapes(text));
      if (wanted.length === 0) return [];
      const results = await readAll({ pool, settings, exact }, wanted, limits, signal);
      if (results.every(({ isInexact }) => !isInexact)) return results.map(resultOf);
      results.forEach((result, index) => {
        const text = wanted[index]?.text ?? "";
        if (result.isInexact) exact.learn(text, shapes(text), result.columns);
      });
      return (await readAll({ pool, settings, exact }, wanted, limits, signal)).map(resultOf);
    },
    describe,
  };
}

interface ReadParts {
  readonly pool: ConnectedPool;
  readonly settings: ReadSettings & WordsShown;
  readonly exact: ExactTexts;
}

/** What was read, and whether it has the columns that answer for a key yet. */
type AnsweredResult = ReadResult & { readonly isCounted: boolean };

async function readAll(
  { pool, settings, exact }: ReadParts,
  statements: readonly ReadStatement[],
  limits: QueryLimits,
  signal: AbortSignal,
): Promise<readonly AnsweredResult[]> {
  const known = statements.map(({ text }) => exact.of(text));
  const sent = statements.map((statement, index) => ({ ...statement, text: known[index]?.text ?? statement.text }));
  const { statement, values } = readBatch(sent, settings, limits.timeoutMs);
  const casts = known.flatMap((each, index) => (sent[index]?.isCounted ? [each?.casts, undefined] : [each?.casts]));
  const results = await pool.use((used) => {
    const request = used.request({ requestTimeout: Math.ceil(limits.timeoutMs) });
    bindValues(request, statement, values);
    return cancelledByAbort(readRows(request, statement.text, limits, casts, settings), request, signal, 0);
  }, signal);
  if (results.length !== casts.length)
    throw new SynclineError("query.invalid", "A query must yield one result set, and this one yields none or several.");
  let next = 0;
  return sent.map(({ isCounted }) => {
    const result = results[next] as ReadResult;
    if (isCounted) checkCount(result, results[next + 1]);
    next += isCounted ? 2 : 1;
    return { ...result, rows: result.rows, isInexact: result.isInexact, columns: result.columns, isCounted };
  });
}

/** Rows that were lost between the server and here must not be taken for rows that are gone. */
function checkCount({ rows }: ReadResult, count: ReadResult | undefined): void {
  const told = count?.rows[0]?.[0];
  if (told === rows.length) return;
  const message = `The server has sent ${told ?? "no number of"} rows, and ${rows.length} came: is the session's FMTONLY set?`;
  throw new SynclineError("query.unattested", message);
}

/** One key's rows get the columns that rows of a set have: the key's position, and whether there is a row. */
function resultOf({ columns, rows, isCounted }: AnsweredResult): QueryResult {
  const names = columns.map(({ name }) => name);
  if (!isCounted) return { columns: names, rows };
  const answers = rows.length === 0 ? [[0, null, ...columns.map(() => null)]] : rows.map((row) => [0, 1, ...row]);
  return { columns: ["#", "?", ...names], rows: answers };
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
