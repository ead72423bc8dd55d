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
  /** Of a statement that brings its transaction along: the text inside of it. */
  readonly body?: string;
}

type ParameterTypes = { readonly [name: string]: ParameterType };

function parametersOf(types: ParameterTypes): readonly Parameter[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

/** For a transaction that is open already: its isolation level is the transaction's. */
export function partOfTransaction(name: string, text: string, types: ParameterTypes = {}): OwnStatement {
  return { name, text, parameters: parametersOf(types) };
}

/**
 * One statement, which is its own transaction. A connection of a pool keeps the isolation level of whoever had it before
 * (the driver does not reset it), and READPAST is refused under SNAPSHOT and SERIALIZABLE. What a batch with parameters
 * sets is undone when it ends, so nothing is left behind.
 */
export function singleStatement(name: string, text: string, types: ParameterTypes = {}): OwnStatement {
  return { name, text: `${readCommitted}\n${text}`, parameters: parametersOf(types) };
}

const readCommitted = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;";

/** Several statements in a transaction of their own, in one round trip. */
export function ownTransaction(name: string, body: string, types: ParameterTypes = {}): OwnStatement {
  const parameters = parametersOf(types);
  return { name, text: transactionAround(readCommitted, callOf(body, parameters), "COMMIT"), parameters, body };
}

/**
 * A transaction that is over when the batch is, come what may.
 *
 * - What is inside is called, by `sp_executesql`: a name that cannot be resolved ends the scope it stands in, and leaves a
 *   transaction open that was begun there. From the scope around it, it is an error like any other, and caught.
 * - XACT_ABORT, because without it a cancelled batch leaves its transaction open on a connection of the pool.
 */
export function transactionAround(isolation: string, calls: string, end: "COMMIT" | "ROLLBACK"): string {
  return `SET XACT_ABORT ON;
${isolation}
BEGIN TRY
BEGIN TRANSACTION;
${calls}
${end} TRANSACTION;
END TRY
BEGIN CATCH
IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;
THROW;
END CATCH;`;
}

function callOf(body: string, parameters: readonly Parameter[]): string {
  const declared = parameters.map(({ name, type }) => `@${name} ${type}`).join(", ");
  const passed = parameters.map(({ name }) => `, @${name} = @${name}`).join("");
  const declaration = parameters.length === 0 ? "" : `, ${quoteLiteral(declared)}${passed}`;
  return `EXEC sys.sp_executesql ${quoteLiteral(body)}${declaration};`;
}
