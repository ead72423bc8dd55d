import { quoteLiteral } from "./identifier.ts";

/**
 * The types that parameters have. Always with a length of their own: the driver declares a text by the length of its value,
 * and each length is another plan in the server's cache.
 */
export type ParameterType = "int" | "bigint" | "uniqueidentifier" | "varchar(64)" | "nvarchar(400)" | "nvarchar(max)";

export interface Parameter {
  /** Without the `@`. */
  readonly name: string;
  readonly type: ParameterType;
}

/** A statement, or a batch of statements, that is sent as one call with named parameters. */
export interface OwnStatement {
  /** For people: what it is for. */
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly Parameter[];
  /** The texts that it calls, of one that brings its transaction along. */
  readonly bodies?: readonly string[];
}

export type ParameterTypes = { readonly [name: string]: ParameterType };

function parametersOf(types: ParameterTypes): readonly Parameter[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

/**
 * One statement, which is its own transaction. Its answer comes while it holds its locks: so none
 * that locks answers with more than ids.
 */
export function singleStatement(name: string, text: string, types: ParameterTypes = {}): OwnStatement {
  return { name, text: `${ownSession}\n${text}`, parameters: parametersOf(types) };
}

/**
 * A connection of an application's pool has what the application has left on it (the driver resets
 * nothing): a SET ROWCOUNT that cuts every INSERT, a LOCK_TIMEOUT, implicit transactions that nobody
 * commits, an isolation level in which READPAST is refused. What a batch with parameters sets is
 * undone when it ends, so nothing is left behind.
 */
const sessionIn = (isolation: "READ COMMITTED" | "SNAPSHOT") => `SET ROWCOUNT 0;
SET LOCK_TIMEOUT -1;
SET IMPLICIT_TRANSACTIONS OFF;
SET TRANSACTION ISOLATION LEVEL ${isolation};`;
const ownSession = sessionIn("READ COMMITTED");

/** One SELECT in a snapshot. Error 3952 where the database allows none. */
export function snapshotStatement(name: string, text: string, types: ParameterTypes = {}): OwnStatement {
  return { name, text: `${sessionIn("SNAPSHOT")}\n${text}`, parameters: parametersOf(types) };
}

export interface TransactionParts {
  /** What locks and writes. A RETURN in it must have rolled back. */
  readonly work: string;
  /**
   * One SELECT of variables and table variables, after the commit: a client that has stopped reading
   * (a frozen process still answers keep-alive) must not hold the locks that others wait for.
   */
  readonly answer: string;
  /** A condition: without it, nothing is done, and there is no answer. */
  readonly only?: string;
}

/** Several statements in a transaction of their own, in one round trip. */
export function ownTransaction(
  name: string,
  { work, answer, only }: TransactionParts,
  types: ParameterTypes = {},
): OwnStatement {
  const body = `BEGIN TRANSACTION;\n${work}\nCOMMIT TRANSACTION;\n${answer}`;
  const call = callOf(body, types);
  return batchOf(name, only === undefined ? call : `IF ${only}\n${call}`, [body], types);
}

/** A batch that decides which of `bodies` it calls (`callOf`). */
export function batchOf(
  name: string,
  text: string,
  bodies: readonly string[],
  types: ParameterTypes = {},
): OwnStatement {
  return { name, text: caught(ownSession, text), parameters: parametersOf(types), bodies };
}

/**
 * A batch that leaves no transaction open, come what may.
 *
 * - What begins a transaction is called, by `sp_executesql`: a name that cannot be resolved ends the
 *   scope it stands in. From the scope around it, it is an error like any other, and caught.
 * - XACT_ABORT, because without it a cancelled batch leaves its transaction open on a connection of
 *   the pool.
 */
export function caught(session: string, calls: string): string {
  return `SET XACT_ABORT ON;
${session}
BEGIN TRY
${calls}
END TRY
BEGIN CATCH
IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
THROW;
END CATCH;`;
}

/** The call of a text, with parameters and variables of the same names: their types. */
export function callOf(body: string, types: { readonly [name: string]: string }): string {
  const declared = Object.entries(types).map(([name, type]) => `@${name} ${type}`);
  const passed = Object.keys(types).map((name) => `, @${name} = @${name}`);
  const declaration = declared.length === 0 ? "" : `, ${quoteLiteral(declared.join(", "))}${passed.join("")}`;
  return `EXEC sys.sp_executesql ${quoteLiteral(body)}${declaration};`;
}
