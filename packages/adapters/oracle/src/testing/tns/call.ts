/** A value as SQL has it: an exact NUMBER of more than 15 digits and a time are texts, `null` is also an empty text. */
export type TnsValue = string | number | Buffer | null;

/** A bind as it was declared on the wire: `name` without the colon, `type` without its length. */
export interface TnsBind {
  readonly name: string;
  readonly type: string;
  /** The most bytes of a value. */
  readonly size: number;
  /** The most elements of a PL/SQL array; 0 for a single value. */
  readonly elements: number;
}

/** The values of one execution, by the bind's name. Binds of a RETURNING clause have none. */
export type TnsRow = { readonly [name: string]: TnsValue | readonly TnsValue[] };

/** What a client asked for. */
export interface TnsCall {
  /** `describe`: the columns only, nothing runs. */
  readonly kind: "execute" | "describe" | "commit" | "rollback" | "ping";
  readonly sql: string;
  readonly isQuery: boolean;
  /** A block of PL/SQL. */
  readonly isPlsql: boolean;
  readonly binds: readonly TnsBind[];
  /** One for each execution: several are an array of binds. None without binds. */
  readonly rows: readonly TnsRow[];
  /** Whether the statement commits, if it succeeds. */
  readonly commit: boolean;
  /** Errors of single rows are to be collected. */
  readonly batchErrors: boolean;
  /** Numbers connections from 1, in the order of their logins. */
  readonly connection: number;
  /** Whether the connection has run anything since the last commit or rollback. */
  readonly inTransaction: boolean;
  /** Fires when the client cancels the call or is gone. */
  readonly signal: AbortSignal;
}

export interface TnsColumn {
  readonly name: string;
  /** As Oracle declares it: `NUMBER(19)`, `VARCHAR2(400)`, `TIMESTAMP(6) WITH TIME ZONE`. */
  readonly type: string;
}

export interface TnsError {
  readonly number: number;
  /** What follows the number: `table or view does not exist`. */
  readonly message: string;
  /** Where in the statement. */
  readonly offset?: number;
}

/** What a handler may answer. */
export interface TnsReply {
  /** Of a query. */
  readonly columns?: readonly TnsColumn[];
  readonly rows?: readonly (readonly (TnsValue | bigint)[])[];
  /** Rows that DML has written. */
  readonly rowCount?: number;
  /** The same for each execution, which the driver may ask for. */
  readonly rowCounts?: readonly number[];
  /** Of DML with RETURNING … INTO: for each execution, for each bind of the clause in its order, a value for each row. */
  readonly returning?: readonly (readonly (readonly (TnsValue | bigint)[])[])[];
  /** Of single executions, where the call asks for them. */
  readonly batchErrors?: readonly (TnsError & { readonly row: number })[];
  /** OUT binds of a block, by name. */
  readonly out?: { readonly [name: string]: TnsValue | bigint | readonly (TnsValue | bigint)[] };
  /** What CREATE has made does not compile. */
  readonly invalid?: boolean;
  readonly error?: TnsError;
}

/** A reply, a lost connection, or nothing until the client gives up. */
export type TnsAnswer = TnsReply | "drop" | "silence";

/** `undefined` stands for success without rows or values, which a query cannot have. */
export type TnsHandler = (call: TnsCall) => TnsAnswer | undefined | Promise<TnsAnswer | undefined>;
