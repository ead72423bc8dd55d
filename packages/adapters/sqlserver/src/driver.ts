/**
 * The shape of what the adapter needs of `mssql`: the application owns the driver, its pool and its transactions.
 * `driver.test-d.ts` holds it to the real one.
 */

/** What `sql.NVarChar(400)` makes: the driver's own. */
export type MssqlType = object;

export interface MssqlColumn {
  readonly name: string;
  readonly type: unknown;
  readonly scale?: number | undefined;
}

export interface MssqlResult {
  readonly recordsets: unknown;
}

/** One call. It can be sent once. */
export interface MssqlRequest {
  /** Rows as arrays. */
  arrayRowMode: boolean;
  /** Rows as events, instead of with the result. */
  stream: boolean;
  input(name: string, type: MssqlType, value: unknown): unknown;
  query(text: string): Promise<MssqlResult>;
  /** As it stands, without parameters: a batch of its own. */
  batch(text: string): Promise<MssqlResult>;
  cancel(): unknown;
  pause(): unknown;
  resume(): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: Node's own signature, so that every emitter fits.
  on(event: string, listener: (...values: any[]) => void): unknown;
}

export interface MssqlOverrides {
  /** Milliseconds. */
  readonly requestTimeout?: number;
}

export interface MssqlTransaction {
  begin(isolationLevel?: number): Promise<unknown>;
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
  request(overrides?: MssqlOverrides): MssqlRequest;
}

/** A `ConnectionPool` of `mssql`. The adapter always attaches an `error` listener: without one, a lost connection ends the process. */
export interface MssqlPool {
  readonly connected: boolean;
  connect(): Promise<unknown>;
  close(): Promise<unknown>;
  request(overrides?: MssqlOverrides): MssqlRequest;
  transaction(): MssqlTransaction;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}
