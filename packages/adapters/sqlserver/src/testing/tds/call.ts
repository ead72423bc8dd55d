/** A parameter as it was on the wire: `name` without the `@`, `type` as T-SQL declares it. 64-bit integers are texts. */
export interface TdsParameter {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
}

/** What a client asked for. */
export interface TdsCall {
  /** `query`: with parameters, through sp_executesql. `batch`: as it stands. The others are transaction requests. */
  readonly kind: "query" | "batch" | "begin" | "commit" | "rollback";
  readonly sql: string;
  readonly parameters: readonly TdsParameter[];
  /** Of a `begin`. */
  readonly isolation: string | undefined;
  /** Numbers connections from 1, in the order of their logins. */
  readonly connection: number;
  /** Whether the connection is in a transaction that was begun by request. */
  readonly inTransaction: boolean;
  /** Fires when the client cancels the call or is gone. */
  readonly signal: AbortSignal;
}

export interface TdsColumn {
  readonly name: string;
  /** As T-SQL declares it: `bigint`, `nvarchar(400)`, `decimal(38,10)`. */
  readonly type: string;
}

export interface TdsResult {
  readonly columns: readonly TdsColumn[];
  /** 64-bit integers and decimals as text or bigint, times as ISO text, binary as bytes. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface TdsError {
  readonly number: number;
  readonly message: string;
  /** 11–16: the statement failed. 20 and above end the connection. Default 16. */
  readonly severity?: number;
  readonly state?: number;
  readonly procedure?: string;
  readonly line?: number;
  /** The server has rolled the transaction back: as a deadlock does, or any error under XACT_ABORT. */
  readonly rollsBack?: boolean;
}

/**
 * What a handler may answer: result sets, a count of rows, an error (after results, if there are some), a lost connection,
 * or nothing ever.
 */
export type TdsAnswer =
  | { readonly results?: readonly TdsResult[]; readonly rowCount?: number; readonly error?: TdsError }
  | "drop"
  | "silence";

/** `undefined` stands for what a server does of itself: begins, commits and rolls back, and has no rows for anybody. */
export type TdsHandler = (call: TdsCall) => TdsAnswer | undefined | Promise<TdsAnswer | undefined>;
