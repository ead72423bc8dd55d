import type { Statement } from "@syncline/core/spi";
import { quoteLiteral } from "./identifier.ts";
import { caught, type OwnStatement, type Parameter } from "./statement.ts";

export type ReadIsolation = "snapshot" | "read committed";

/** A parameter whose type the dialect has decided; a text without one is `nvarchar(400)`, what a key value fits into. */
export interface TypedValue {
  readonly type: "nvarchar(max)";
  readonly value: string;
}

export interface ReadSettings {
  readonly isolation: ReadIsolation;
  /**
   * Nothing is read where the database cannot be written: a secondary replica, which may be behind
   * what the claim saw.
   */
  readonly refusesReplica: boolean;
}

export interface ReadStatement extends Statement {
  /** A second result set says how many rows there were. */
  readonly isCounted: boolean;
}

/** THROW takes a number from 50,000 on, and no function of a query can say one. */
export const replicaRefusal = 51_900;

export interface ReadBatch {
  readonly statement: OwnStatement;
  readonly values: { readonly [name: string]: string };
}

/**
 * Statements of strategies, each called by itself in one transaction, which is always rolled back: one round trip for any
 * number, and one snapshot where the isolation gives one. Each yields one result set, or two.
 *
 * Each distinct text and each value is a parameter. For statements with many parameters together (a server takes 2,100),
 * all values go as one JSON array, and are taken out by their place. A SET ROWCOUNT that the
 * application has left on a connection of its pool would leave rows out.
 *
 * The time limit is the driver's, which asks the server to end and then drops the connection. What
 * waits for a lock behind a connection that was cut would wait on for ever: the server ends that by
 * itself, and before the read's time is over, since a lock is no fault of the key that is read
 * (error 1222 is `database.busy`, and the time limit `query.timeout`). Should a read and business
 * code wait for each other, it is the read that the server ends. All settings are undone with the
 * batch.
 */
export function readBatch(
  statements: readonly ReadStatement[],
  { isolation, refusesReplica }: ReadSettings,
  timeoutMs: number,
): ReadBatch {
  const texts = [...new Set(statements.map(({ text }) => text))];
  const values: { [name: string]: string } = {};
  texts.forEach((text, index) => {
    values[`s${index + 1}`] = text;
  });
  const parameters: Parameter[] = texts.map((_, index) => ({ name: `s${index + 1}`, type: "nvarchar(max)" }));
  const [only] = statements;
  const calls = statements.length === 1 && only !== undefined ? callDirectly(only) : callFromJson(statements, texts);
  for (const { name, type, value } of calls.parameters) {
    parameters.push({ name, type });
    values[name] = value;
  }
  const session = `SET ROWCOUNT 0;\nSET IMPLICIT_TRANSACTIONS OFF;\nSET DEADLOCK_PRIORITY LOW;\nSET LOCK_TIMEOUT ${Math.min(Math.ceil(timeoutMs / 2), mostLockMs)};\nSET TRANSACTION ISOLATION LEVEL ${isolation.toUpperCase()};`;
  const body = refusesReplica ? `${refuseReplica}\n${calls.text}` : calls.text;
  const text = caught(session, `BEGIN TRANSACTION;\n${body}\nROLLBACK TRANSACTION;`);
  return { statement: { name: `read-${isolation.replace(" ", "-")}`, text, parameters }, values };
}

/** An int to the server. */
const mostLockMs = 2_147_483_647;

const refuseReplica = `IF DATABASEPROPERTYEX(DB_NAME(), N'Updateability') = N'READ_ONLY'
THROW ${replicaRefusal}, N'The database of the query connection is read-only.', 1;`;

/** Under SET FMTONLY or NOEXEC there are no rows, and no answer either. */
const countRows = "SELECT @@ROWCOUNT;";

interface Calls {
  readonly text: string;
  readonly parameters: readonly (Parameter & { readonly value: string })[];
}

function callDirectly({ parameters, isCounted }: ReadStatement): Calls {
  const given = parameters.map((value, index) => ({ name: `p${index + 1}`, ...typed(value) }));
  const passed = given.map(({ name }) => `, @${name} = @${name}`).join("");
  const call = `EXEC sys.sp_executesql @s1${declarations(parameters)}${passed};`;
  return { text: isCounted ? `${call}\n${countRows}` : call, parameters: given };
}

/** JSON_VALUE takes its path as a literal only, before SQL Server 2017; it yields 4,000 characters, a key value has 400. */
function callFromJson(statements: readonly ReadStatement[], texts: readonly string[]): Calls {
  const most = Math.max(0, ...statements.map(({ parameters }) => parameters.length));
  const declared = Array.from({ length: most }, (_, index) => `DECLARE @p${index + 1} nvarchar(max);`);
  const calls = statements.flatMap(({ text, parameters, isCounted }, row) => [
    ...parameters.map((_, column) => `SET @p${column + 1} = JSON_VALUE(@values, '$[${row}][${column}]');`),
    `EXEC sys.sp_executesql @s${texts.indexOf(text) + 1}${declarations(parameters)}${parameters
      .map((_, index) => `, @p${index + 1} = @p${index + 1}`)
      .join("")};`,
    ...(isCounted ? [countRows] : []),
  ]);
  const rows = statements.map(({ parameters }) => parameters.map((value) => typed(value).value));
  const value = JSON.stringify(rows);
  return { text: [...declared, ...calls].join("\n"), parameters: [{ name: "values", type: "nvarchar(max)", value }] };
}

function declarations(parameters: readonly unknown[]): string {
  if (parameters.length === 0) return "";
  return `, ${quoteLiteral(parameters.map((value, index) => `@p${index + 1} ${typed(value).type}`).join(", "))}`;
}

function typed(value: unknown): { readonly type: "nvarchar(400)" | "nvarchar(max)"; readonly value: string } {
  if (typeof value !== "object" || value === null) return { type: "nvarchar(400)", value: String(value) };
  const { type, value: inner } = value as TypedValue;
  return { type, value: inner };
}
