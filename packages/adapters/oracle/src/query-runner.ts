import { ByteLimit } from "@syncline/core/adapter-kit";
import {
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
  type WireValue,
} from "@syncline/core/spi";
import oracledb from "oracledb";
import { isAscii, KnownCharacterSet, whatIsLacking } from "./character-set.ts";
import { describeTemplate } from "./describe-template.ts";
import type { OracleBinds, OracleColumn, OracleConnection } from "./driver.ts";
import { refusesStatement, type WordsShown } from "./errors.ts";
import type { RowSecurity } from "./options.ts";
import type { ConnectionSource } from "./pools.ts";
import { type ReadSession, withReadSession } from "./read-session.ts";
import { describable, needsWriting, type ReadShape, shapeOf } from "./read-shape.ts";
import { mostRows, parameterName } from "./sql/parameters.ts";
import { beginFencedRead, beginRead } from "./sql/sessions.ts";
import { fetchAs } from "./wire-values.ts";

export interface QueryRunnerOptions extends WordsShown {
  /** Whether it is another source than the deliveries', which may be behind them. */
  readonly mayBeStandby: boolean;
  readonly rowSecurity: RowSecurity;
  readonly concurrency?: number | undefined;
}

/**
 * Three round trips for a composed set, whatever the number of keys: SET TRANSACTION READ ONLY, the statement, ROLLBACK. A
 * text that is new is described first; keys of more than 4,000 bytes go into a temporary LOB, which takes two more.
 */
export function createQueryRunner(source: ConnectionSource, options: QueryRunnerOptions): QueryRunner {
  const shapes = new Shapes();
  const serverMessages = options.serverMessages === true;
  const begin = options.mayBeStandby ? beginFencedRead : beginRead;
  const inSession = <Result>(timeoutMs: number, signal: AbortSignal, work: (session: ReadSession) => Promise<Result>) =>
    withReadSession({ source, begin, timeoutMs, signal, serverMessages }, work);
  const { concurrency } = options;
  const set = new KnownCharacterSet();
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    run: (statements, limits, signal) =>
      inSession(limits.timeoutMs, signal, async (session) => {
        const byteLimit = new ByteLimit(limits.maxBytes);
        const results: QueryResult[] = [];
        for (const statement of statements) {
          await refuseAltered(session, set, statement);
          const result = await runOne(session, shapes, statement, limits);
          for (const row of result.rows) byteLimit.add(row);
          results.push(result);
        }
        return results;
      }),
    describe: (template, signal) =>
      inSession(describeTimeoutMs, signal, (session) => describeTemplate(session, template, options.rowSecurity, set)),
    estimate: (statements, signal) =>
      inSession(describeTimeoutMs, signal, (session) => acceptedOf(session, statements)),
  };
}

/** A key or a template with a character that the database lacks would be another one's. */
async function refuseAltered(session: ReadSession, set: KnownCharacterSet, statement: Statement): Promise<void> {
  for (const parameter of statement.parameters) {
    if (typeof parameter !== "string" || isAscii(parameter)) continue;
    const lacking = whatIsLacking(parameter, await session.call((connection) => set.on(connection)));
    if (lacking !== undefined) throw new SynclineError("query.data", `A key ${lacking}: no row has it.`);
  }
}

/** For all of a template's comparisons together: the server only parses. */
const describeTimeoutMs = 30_000;

/**
 * Oracle's form of a set is one, so there is nothing to choose by cost, and EXPLAIN PLAN writes,
 * which a reader's login or a standby may not. What is asked is whether the server takes a
 * statement: all that it does cost the same, and what says the same as one before it is no other
 * form. So a template that cannot be joined is read key by key.
 */
async function acceptedOf(
  session: ReadSession,
  statements: readonly Statement[],
): Promise<readonly (number | undefined)[]> {
  const seen = new Set<string>();
  const costs: (number | undefined)[] = [];
  for (const { text } of statements) {
    const isNew = !seen.has(text);
    seen.add(text);
    costs.push(isNew && (await isAccepted(session, text)) ? 0 : undefined);
  }
  return costs;
}

async function isAccepted(session: ReadSession, text: string): Promise<boolean> {
  try {
    await session.describe((connection) => connection.getStatementInfo(describable(text)));
    return true;
  } catch (error) {
    if (refusesStatement(error)) return false;
    throw error;
  }
}

async function runOne(session: ReadSession, shapes: Shapes, statement: Statement, limits: QueryLimits) {
  const known = shapes.get(statement.text);
  if (known !== undefined) {
    const result = await runShaped(session, known, statement, limits).catch((error: unknown) => {
      // Perhaps a column has another type by now: the next run finds out.
      shapes.delete(statement.text);
      throw error;
    });
    if (result !== undefined) return result;
  }
  const described = await session.describe((connection) => connection.getStatementInfo(describable(statement.text)));
  const shape = shapeOf(statement.text, described.metaData ?? []);
  shapes.set(statement.text, shape);
  const result = await runShaped(session, shape, statement, limits);
  if (result === undefined) throw new SynclineError("database.busy", "A table's columns change while they are read.");
  return result;
}

/** `undefined` if a column has become one that the server must make a text of. */
async function runShaped(
  session: ReadSession,
  shape: ReadShape,
  { parameters }: Statement,
  { maxRows, numbers }: QueryLimits,
): Promise<QueryResult | undefined> {
  let outdated = false;
  const fetchTypeHandler = (column: OracleColumn) => {
    outdated ||= needsWriting(column);
    return fetchAs(column, numbers);
  };
  const { rows = [] } = await session.call((connection: OracleConnection) =>
    connection.execute(shape.text, bindsOf(parameters, maxRows + 1), {
      autoCommit: false,
      outFormat: oracledb.OUT_FORMAT_ARRAY,
      resultSet: false,
      maxRows: maxRows + 1,
      prefetchRows: Math.min(maxRows + 1, mostAtOnce),
      fetchArraySize: Math.min(maxRows + 1, mostAtOnce),
      fetchTypeHandler,
    }),
  );
  if (outdated) return undefined;
  // One more than allowed was asked for, to tell "too many" from "just enough".
  if (rows.length > maxRows) throw new SynclineError("query.row-limit", `The query yields more than ${maxRows} rows.`);
  return { columns: shape.columns, rows: readRows(shape, rows as QueryResult["rows"]) };
}

/** Rows of one round trip: more is no faster, and held in memory twice. */
const mostAtOnce = 1_000;

/** A text of up to this many bytes can be a VARCHAR2 wherever MAX_STRING_SIZE is STANDARD. */
const mostTextBytes = 4_000;

function bindsOf(parameters: readonly unknown[], most: number): OracleBinds {
  const binds: { [name: string]: unknown } = {
    [mostRows]: { dir: oracledb.BIND_IN, type: oracledb.DB_TYPE_NUMBER, val: most },
  };
  parameters.forEach((value, index) => {
    const val = value === null || value === undefined ? null : String(value);
    const isLong = val !== null && Buffer.byteLength(val) > mostTextBytes;
    const type = isLong ? oracledb.DB_TYPE_CLOB : oracledb.DB_TYPE_VARCHAR;
    binds[parameterName(index + 1)] = { dir: oracledb.BIND_IN, type, val };
  });
  return binds;
}

function readRows({ readers }: ReadShape, rows: QueryResult["rows"]): QueryResult["rows"] {
  if (readers.every((read) => read === undefined)) return rows;
  return rows.map((row) =>
    row.map((value, index): WireValue => {
      const read = readers[index];
      return read === undefined || typeof value !== "string" ? value : read(value);
    }),
  );
}

/** What texts were found to be. There are as many as strategies; hand-written ones of `preview` must not pile up. */
class Shapes {
  readonly #byText = new Map<string, ReadShape>();

  get(text: string): ReadShape | undefined {
    return this.#byText.get(text);
  }

  set(text: string, shape: ReadShape): void {
    if (this.#byText.size >= 1_000) this.#byText.clear();
    this.#byText.set(text, shape);
  }

  delete(text: string): void {
    this.#byText.delete(text);
  }
}
