import { ByteLimit, losslessNumber } from "@syncline/core/adapter-kit";
import {
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
  type WireValue,
} from "@syncline/core/spi";
import { describerOn } from "./describe-template.ts";
import { onceForEachKey, onceForOneKey, parameterName } from "./dialect.ts";
import type { Parameters } from "./driver.ts";
import { translateError } from "./errors.ts";
import { type PreparedSelect, prepareSelect } from "./select.ts";
import type { Sql, Store } from "./store.ts";

/** What comes out of a statement with safe integers. */
type SqliteValue = null | bigint | number | string | Uint8Array;

/** On a connection whose `query_only` is on. */
export function queryRunnerOn(reader: Store): QueryRunner {
  return {
    describe: describerOn(reader),
    run: async (statements, limits, signal) => {
      const deadline = performance.now() + limits.timeoutMs;
      const bounds = { ...limits, deadline, byteLimit: new ByteLimit(limits.maxBytes) };
      const prepared = new Map<string, PreparedSelect>();
      return reader.readInTurns(function* (sql) {
        const results: QueryResult[] = [];
        for (const statement of statements) results.push(yield* runOne(sql, prepared, statement, bounds));
        return results;
      }, signal);
    },
  };
}

interface Bounds extends QueryLimits {
  /** By the clock of `performance`. */
  readonly deadline: number;
  readonly byteLimit: ByteLimit;
}

/** Others have their turn between two keys. */
function* runOne(
  sql: Sql,
  prepared: Map<string, PreparedSelect>,
  { text, parameters }: Statement,
  limits: Bounds,
): Generator<void, QueryResult> {
  const isSet = text.startsWith(onceForEachKey);
  // Whoever runs a statement of a dialect's is told of each key; a statement of somebody's own has no keys.
  const answers = isSet || text.startsWith(onceForOneKey);
  const select = prepared.get(text) ?? prepareSelect(sql.database, text);
  prepared.set(text, select);
  const keys = isSet ? (parameters[0] as readonly Parameters[]) : [byPosition(parameters)];
  const rows: WireValue[][] = [];
  for (const [position, key] of keys.entries()) {
    const before = rows.length;
    for (const row of rowsFor(select, key, limits.maxRows + 1 - rows.length)) {
      const values = row.map((value) => wireValue(value, limits.numbers));
      limits.byteLimit.add(values);
      rows.push(answers ? [position, true, ...values] : values);
    }
    // The statement came to its end without a row: that is an answer, too.
    if (answers && rows.length === before) rows.push([position, null, ...select.columns.map(() => null)]);
    if (rows.length > limits.maxRows)
      throw new SynclineError("query.row-limit", `The query yields more than ${limits.maxRows} rows.`);
    // Nothing ends a statement that runs in this thread; what can be done is to begin no other.
    if (performance.now() > limits.deadline)
      throw new SynclineError("query.timeout", `The query took longer than ${limits.timeoutMs} ms.`);
    yield;
  }
  return { columns: answers ? ["#", "present", ...select.columns] : select.columns, rows };
}

function rowsFor(
  { statement }: PreparedSelect,
  parameters: Parameters,
  limit: number,
): readonly (readonly SqliteValue[])[] {
  try {
    return statement.all({ ...parameters, limit$: BigInt(limit) }) as SqliteValue[][];
  } catch (error) {
    throw translateError(error, "query.data");
  }
}

/** As the dialect's `parameter` names them. */
function byPosition(parameters: readonly unknown[]): Parameters {
  return Object.fromEntries(parameters.map((value, index) => [parameterName(index + 1), value]));
}

/** Any integer may be one of 64 bits, whatever its column was declared as: so all of them travel alike. */
function wireValue(value: SqliteValue, numbers: QueryLimits["numbers"]): WireValue {
  if (typeof value === "bigint") return numbers === "number" ? losslessNumber(String(value)) : String(value);
  // JSON has no infinite numbers. SQLite has no NaN.
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  return value === null || typeof value === "string" ? value : Buffer.from(value).toString("base64");
}
