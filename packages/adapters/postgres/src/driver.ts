/**
 * The shape of what the adapter needs of `pg`, not its package: the application owns the driver, its pool and its
 * transactions, and any client with this shape will do. `driver.test-d.ts` holds it to the real `pg`.
 */

/** Turns the text of a value of one type into a value. */
export type PgTypeParser = (text: string) => unknown;

export interface PgTypes {
  getTypeParser(oid: number, format?: string): PgTypeParser;
}

export interface PgQuery {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** A server-side prepared statement of this name: not through a pooler in transaction mode before PgBouncer 1.21. */
  readonly name?: string;
  readonly rowMode?: "array";
  readonly types?: PgTypes;
  /**
   * The extended protocol, which takes exactly one statement. Without it, and without values, `pg` uses the simple
   * protocol, in which a text may end its transaction and go on writing.
   */
  readonly queryMode?: "extended";
}

export interface PgField {
  readonly name: string;
  readonly dataTypeID: number;
}

export interface PgResult<Row = unknown> {
  readonly command: string;
  readonly rowCount: number | null;
  readonly fields: readonly PgField[];
  readonly rows: readonly Row[];
}

/** Anything that runs a statement: a client, a pooled client, a pool. */
export interface PgExecutor {
  query(query: PgQuery): Promise<PgResult>;
  query(text: string, values?: readonly unknown[]): Promise<PgResult>;
}

/** `I` idle, `T` in a transaction, `E` in a failed one, `null` unknown. */
export type PgTransactionStatus = "I" | "T" | "E" | null;

export interface PgSocket {
  destroy?(): unknown;
  cork?(): unknown;
  uncork?(): unknown;
  on(event: "data", listener: (chunk: { readonly length: number }) => void): unknown;
  removeListener(event: "data", listener: (chunk: { readonly length: number }) => void): unknown;
}

/** A connection, checked out of a pool. */
export interface PgClient extends PgExecutor {
  /** A truthy argument destroys the connection instead of returning it. */
  release(destroy?: Error | boolean): void;
  /** Where the driver shows its socket: how the bytes of a read are counted. */
  readonly connection?: {
    readonly stream?: PgSocket;
    /** The named statements that it takes for prepared at the server, with their texts. */
    readonly parsedStatements?: { [name: string]: unknown };
  };
  /** The process that the server named when it connected; a pooler's own number where one stands between. */
  readonly processID?: number | null;
  /** Whether statements go out before those before them are answered (from pg 8.23); otherwise they wait their turn. */
  readonly pipeline?: boolean;
  /** From pg 8.21. */
  getTransactionStatus?(): PgTransactionStatus;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "notification", listener: (message: PgNotification) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "notification", listener: (message: PgNotification) => void): unknown;
  removeListener(event: "end", listener: () => void): unknown;
}

export interface PgNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A pool of connections. The adapter always attaches an `error` listener: without one, a lost idle connection ends the process. */
export interface PgPool extends PgExecutor {
  /** What it was made with, where the driver shows it: for a connection beside the pool's. */
  readonly options?: object;
  connect(): Promise<PgClient>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "connect", listener: (client: PgClient) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "connect", listener: (client: PgClient) => void): unknown;
}
