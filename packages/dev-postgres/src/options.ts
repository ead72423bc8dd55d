import type { Pool } from "pg";

/** `fast` ends the sessions and closes in order; `immediate` is a crash, which the next start recovers from. */
export type StopMode = "fast" | "immediate";

export interface StopOptions {
  /** Default `fast`. */
  readonly mode?: StopMode;
  /** Keeps the data, so that `start` goes on from it. Default false: the server and its data are gone. */
  readonly keepData?: boolean;
}

export type ServerKind = "installed" | "embedded";

export interface OwnServerOptions {
  /** Only this kind, and no other if it fails. Default: the environment's `SYNCLINE_DEV_POSTGRES`, else any. */
  readonly prefer?: ServerKind;
  /**
   * False (the default) leaves `fsync` out: commits survive a crash of the server, though not of the machine.
   * True is for benchmarks, where a commit must cost what it costs.
   */
  readonly durable?: boolean;
  /** Server settings, e.g. `{ log_statement: "all" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface DevPostgresOptions {
  /** A running server to use. Default: the environment's `DATABASE_URL`, unless `prefer` asks for another kind. */
  readonly url?: string;
  readonly prefer?: ServerKind | "pglite";
  readonly durable?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real server, which any number of sessions and processes can connect to. */
export interface PostgresServer extends AsyncDisposable {
  readonly kind: "url" | ServerKind;
  readonly multiSession: true;
  /** For people, without secrets. */
  readonly description: string;
  /** The server's maintenance database, for a role that may create databases. */
  readonly url: string;
  /** A shell line that opens a session. */
  readonly psql: string;
  /** Creates an empty database, named by chance unless named, and returns its URL. */
  createDatabase(name?: string): Promise<string>;
  /** Drops a database that `createDatabase` made, with whoever is still connected. */
  dropDatabase(url: string): Promise<void>;
  /** Ends the server and removes its data, or leaves alone a server that was given by URL. May be called again. */
  stop(): Promise<void>;
}

/** A server that this process started, and can therefore stop and start again. It ends with the process. */
export interface OwnPostgresServer extends PostgresServer {
  readonly kind: ServerKind;
  /** What the server has logged since it was created. */
  log(): string;
  stop(options?: StopOptions): Promise<void>;
  /** After `stop({ keepData: true })`: the same data on the same port. */
  start(): Promise<void>;
  /**
   * Whether there is `pg_basebackup` beside the server's program: where it is installed, not in the
   * embedded packages.
   */
  readonly canReplicate: boolean;
  /**
   * A streaming replica of this server, made with `pg_basebackup`. It is another server, to be
   * stopped by itself.
   */
  startReplica(options?: Omit<OwnServerOptions, "prefer">): Promise<OwnPostgresServer>;
}

/** PGlite: PostgreSQL inside this process, for machines that can run no server. One session, and no URL. */
export interface InProcessPostgres extends AsyncDisposable {
  readonly kind: "pglite";
  readonly multiSession: false;
  readonly description: string;
  /** `max` is 1, and a second pool would share its session, uncommitted rows included. */
  readonly pool: Pool;
  stop(): Promise<void>;
}

/** Told apart by `multiSession`. */
export type DevPostgres = PostgresServer | InProcessPostgres;
