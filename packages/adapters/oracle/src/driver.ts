/**
 * The shape of what the adapter needs of `oracledb`, not its types: the application owns the driver, its pool and its
 * transactions. `driver.test-d.ts` holds it to the real `oracledb`.
 */

/** Values by the bind's name, alone or with their types: the driver's `BindParameters`. */
export type OracleBinds = { readonly [name: string]: unknown };

export interface OracleResult {
  readonly rows?: readonly unknown[] | undefined;
  readonly metaData?: readonly OracleColumn[] | undefined;
  readonly outBinds?: unknown;
  /** Where one was asked for. */
  readonly resultSet?: OracleRows | undefined;
  readonly rowsAffected?: number | undefined;
  /** A procedure or trigger was made, but does not compile. */
  readonly warning?: unknown;
}

/** Rows that are fetched portion by portion. None: there are no more. */
export interface OracleRows {
  getRows(count: number): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

export interface OracleColumn {
  readonly name: string;
  /** One of the driver's `DB_TYPE_…`. */
  readonly dbType?: unknown;
  readonly dbTypeName?: string | undefined;
  readonly precision?: number | undefined;
  readonly scale?: number | undefined;
}

export interface OracleConnection {
  execute(text: string, binds: OracleBinds, options: OracleBinds): Promise<OracleResult>;
  executeMany(text: string, rows: object[], options: OracleBinds): Promise<OracleResult>;
  getStatementInfo(text: string): Promise<{ readonly metaData?: readonly OracleColumn[] | undefined }>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Ends what is under way, with ORA-01013. */
  break(): Promise<void>;
  /** Back to its pool; with `drop`, its session ends. */
  close(options?: { readonly drop?: boolean }): Promise<void>;
  /** Milliseconds, for each round trip; 0 for no limit. */
  callTimeout?: number | undefined;
}

export interface OraclePool {
  getConnection(): Promise<OracleConnection>;
  readonly poolMax: number;
}
