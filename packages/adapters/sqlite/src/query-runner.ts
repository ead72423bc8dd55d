import { ByteLimit, KeyedRows, keyedRead, losslessNumber } from "@syncline/core/adapter-kit";
import {
  type QueryLimits,
  type QueryResult,
  type QueryRunner,
  type Statement,
  SynclineError,
  type WireValue,
} from "@syncline/core/spi";
import { describerOn } from "./describe-template.ts";
import { parameterName } from "./dialect.ts";
import type { Parameters } from "./driver.ts";
import { translateError } from "./errors.ts";
import { type PreparedSelect, planOf, prepareSelect } from "./select.ts";
import type { Sql, Store } from "./store.ts";

/** What comes out of a statement with safe integers. */
type SqliteValue = null | bigint | number | string | Uint8Array;

/** On a connection whose `query_only` is on. */
export function queryRunnerOn(reader: Store): QueryRunner {
  return {
    describe: describerOn(reader),
    explain: (statements, signal) =>
      reader.read(({ database }) => statements.map(({ text }) => planOf(database, text)), signal),
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
  statement: Statement,
  limits: Bounds,
): Generator<void, QueryResult> {
  const read = keyedRead(statement);
  const select = prepared.get(read.text) ?? prepareSelect(sql.database, read.text);
  prepared.set(read.text, select);
  const rows = new KeyedRows(read, limits, limits.byteLimit);
  for (const [position, key] of read.keys.entries()) {
    const parameters = read.kind === "set" ? (key as Parameters) : byPosition(key as readonly unknown[]);
    const found = rowsFor(select, parameters, rows.most);
    rows.add(
      position,
      select.columns,
      found.map((row) => row.map((value) => wireValue(value, limits.numbers))),
    );
    // Nothing ends a statement that runs in this thread; what can be done is to begin no other.
    if (performance.now() > limits.deadline)
      throw new SynclineError("query.timeout", `The query took longer than ${limits.timeoutMs} ms.`);
    yield;
  }
  return rows.result();
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
