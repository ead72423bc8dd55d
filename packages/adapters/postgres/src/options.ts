import { type Problem, SynclineError } from "@syncline/core/spi";
import type { PgPool } from "./driver.ts";
import type { RowSecurity } from "./sql/row-security.ts";

/** Where strategies' queries run, if not where the deliveries are kept: a read-only login, a replica. */
export interface PostgresQueryOptions {
  readonly connectionString?: string;
  /** A `pg` pool that the application owns. */
  readonly pool?: PgPool;
  /** `SET LOCAL ROLE` for each read. A login with no more than SELECT is the safer way. */
  readonly role?: string;
  /**
   * What becomes of rows that row-level security hides from whoever reads, here and in `backfill({
   * keys })`. Default `refuse`: an error that holds the strategy. `apply` says that hiding is
   * meant: a hidden row is an absent one, and is deleted downstream where `whenAbsent` says so.
   */
  readonly rowSecurity?: RowSecurity;
  /**
   * How long a read waits for a replica to replay what the primary had when the read began. After
   * that it goes to the primary. Default 1,000.
   */
  readonly replicaWaitMs?: number;
  /**
   * Default `refuse`: a database that is neither this one nor a physical replica of it is refused,
   * and a replica is read only once it has caught up. `allow` reads whatever is there: then what is
   * delivered last may be an old state.
   */
  readonly staleReads?: "refuse" | "allow";
  /**
   * Errors of strategies' queries keep what the server says of a read that ran, and it may quote
   * any value that the query meets (`invalid input syntax for type numeric: "IBAN DE89…"`, whatever
   * a function raises): in logs, events, dead letters, `status()` and health. Default false: the
   * SQLSTATE, its name and, where the server knows it, the place in the query.
   */
  readonly serverMessages?: boolean;
}

/** Recording wakes listening workers (LISTEN/NOTIFY). Polling stays the truth. */
export interface PostgresWakeUpOptions {
  /**
   * Off by default: a NOTIFY in every transaction halved the commit rate (7,000 to 3,700
   * transactions/s). `true`: not where transactions may be prepared for two-phase commits, which
   * NOTIFY makes fail. `"always"`: there, too.
   */
  readonly notify: boolean | "always";
  /** Beyond a burst of 16, one process notifies at most this often. Default 2. */
  readonly debounceMs?: number;
  /** For the listening connection, which must not go through a pooler in transaction mode. */
  readonly connectionString?: string;
}

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`. Either this or `pool`. `undefined`, as of an unset variable, is refused. */
  readonly connectionString?: string | undefined;
  /** A `pg` pool that the application owns: it is left open at the end. */
  readonly pool?: PgPool;
  /** Where Syncline's tables are. Default `syncline`. */
  readonly schema?: string;
  /** Connections at most, of the pool made of `connectionString`. Default 10. */
  readonly max?: number;
  /** False for PgBouncer before 1.21 in transaction mode. Default true. */
  readonly preparedStatements?: boolean;
  readonly wakeUp?: PostgresWakeUpOptions;
  readonly query?: PostgresQueryOptions;
  /** Of Syncline's own statements, not of the strategies' queries. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection. Default 10,000. */
  readonly connectionTimeoutMillis?: number;
  /** When an unused connection is closed. Default 30,000. */
  readonly idleTimeoutMillis?: number;
}

export interface ResolvedPostgresOptions {
  readonly connectionString: string | undefined;
  readonly pool: PgPool | undefined;
  readonly schema: string;
  readonly max: number;
  readonly preparedStatements: boolean;
  readonly wakeUp:
    | {
        readonly notify: true | "always";
        readonly debounceMs: number;
        readonly connectionString: string | undefined;
      }
    | undefined;
  readonly query: PostgresQueryOptions;
  readonly statementTimeoutMs: number;
  readonly connectionTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
}

const known = [
  "connectionString",
  "pool",
  "schema",
  "max",
  "preparedStatements",
  "wakeUp",
  "query",
  "statementTimeoutMs",
  "connectionTimeoutMillis",
  "idleTimeoutMillis",
];

/** Defaults filled in. Throws `config.invalid` with all problems at once. */
export function resolveOptions(options: PostgresOptions): ResolvedPostgresOptions {
  const problems = isRecord(options) ? checkOptions(options) : [{ at: "postgres", message: "must be an object." }];
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of postgres() are not usable.", { problems });
  const { wakeUp } = options;
  return {
    connectionString: options.connectionString,
    pool: options.pool,
    schema: options.schema ?? "syncline",
    max: options.max ?? 10,
    preparedStatements: options.preparedStatements ?? true,
    wakeUp: wakeUp?.notify
      ? {
          notify: wakeUp.notify,
          debounceMs: wakeUp.debounceMs ?? 2,
          connectionString: wakeUp.connectionString ?? options.connectionString,
        }
      : undefined,
    query: options.query ?? {},
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    connectionTimeoutMillis: options.connectionTimeoutMillis ?? 10_000,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 30_000,
  };
}

type Unchecked = { readonly [name: string]: unknown };

function checkOptions(options: PostgresOptions & Unchecked): readonly Problem[] {
  return [
    ...unknownNames(options, known, ""),
    ...source(options, "", true),
    ...(options.schema === undefined ? [] : schemaProblems(options.schema, "postgres.schema")),
    ...positive(options, "", ["max", "statementTimeoutMs", "connectionTimeoutMillis", "idleTimeoutMillis"]),
    ...optionalType(options, "", "preparedStatements", "boolean"),
    ...wakeUpProblems(options),
    ...queryProblems(options),
  ];
}

/** A schema's name as PostgreSQL takes it: quoted everywhere, so only what would surprise is refused. */
export function schemaProblems(schema: unknown, at: string): readonly Problem[] {
  const fits = typeof schema === "string" && /^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(schema) && !/^pg_/i.test(schema);
  return fits
    ? []
    : [
        {
          at,
          message: "must be a letter or _, then letters, digits or _, at most 50 characters, not beginning with pg_.",
        },
      ];
}

function wakeUpProblems(options: Unchecked): readonly Problem[] {
  const wakeUp = options.wakeUp;
  if (wakeUp === undefined) return [];
  if (!isRecord(wakeUp)) return [{ at: "postgres.wakeUp", message: "must be an object such as { notify: true }." }];
  const problems = [
    ...unknownNames(wakeUp, ["notify", "debounceMs", "connectionString"], "wakeUp."),
    ...(typeof wakeUp.notify === "boolean" || wakeUp.notify === "always"
      ? []
      : [{ at: "postgres.wakeUp.notify", message: 'must be true, false or "always".' }]),
    ...optionalType(wakeUp, "wakeUp.", "connectionString", "string"),
  ];
  const debounce = wakeUp.debounceMs;
  if (debounce !== undefined && !(typeof debounce === "number" && debounce >= 0 && Number.isFinite(debounce)))
    problems.push({ at: "postgres.wakeUp.debounceMs", message: "must be a number of milliseconds, 0 or more." });
  const notifies = wakeUp.notify === true || wakeUp.notify === "always";
  if (notifies && wakeUp.connectionString === undefined && options.connectionString === undefined)
    problems.push({
      at: "postgres.wakeUp.connectionString",
      message: "is needed beside a pool: LISTEN wants a connection of its own.",
    });
  return problems;
}

function queryProblems(options: Unchecked): readonly Problem[] {
  const query = options.query;
  if (query === undefined) return [];
  if (!isRecord(query)) return [{ at: "postgres.query", message: "must be an object." }];
  return [
    ...unknownNames(
      query,
      ["connectionString", "pool", "role", "rowSecurity", "replicaWaitMs", "staleReads", "serverMessages"],
      "query.",
    ),
    ...source(query, "query.", false),
    ...optionalType(query, "query.", "role", "string"),
    ...optionalType(query, "query.", "serverMessages", "boolean"),
    ...optionalWord(query, "query.", "rowSecurity", ["refuse", "apply"]),
    ...optionalWord(query, "query.", "staleReads", ["refuse", "allow"]),
    ...positive(query, "query.", ["replicaWaitMs"]),
  ];
}

function source(from: Unchecked, prefix: string, needed: boolean): readonly Problem[] {
  const { connectionString, pool } = from;
  if (connectionString !== undefined && pool !== undefined)
    return [{ at: `postgres.${prefix}pool`, message: "cannot be given together with connectionString." }];
  if (needed && connectionString === undefined && pool === undefined)
    return [
      {
        at: "postgres.connectionString",
        message: "is missing (is the environment variable set?), and there is no pool.",
      },
    ];
  if (connectionString !== undefined && (typeof connectionString !== "string" || connectionString === ""))
    return [{ at: `postgres.${prefix}connectionString`, message: "must be a connection URL." }];
  if (pool !== undefined && !(isRecord(pool) && typeof pool.connect === "function" && typeof pool.query === "function"))
    return [{ at: `postgres.${prefix}pool`, message: "must be a Pool of pg." }];
  return [];
}

function positive(from: Unchecked, prefix: string, names: readonly string[]): readonly Problem[] {
  return names
    .filter((name) => from[name] !== undefined && !(Number.isSafeInteger(from[name]) && Number(from[name]) > 0))
    .map((name) => ({ at: `postgres.${prefix}${name}`, message: "must be a whole number above 0." }));
}

function optionalType(from: Unchecked, prefix: string, name: string, type: "boolean" | "string"): readonly Problem[] {
  const value = from[name];
  return value === undefined || typeof value === type
    ? []
    : [{ at: `postgres.${prefix}${name}`, message: `must be a ${type}.` }];
}

function optionalWord(from: Unchecked, prefix: string, name: string, words: readonly string[]): readonly Problem[] {
  const value = from[name];
  return value === undefined || words.some((word) => word === value)
    ? []
    : [{ at: `postgres.${prefix}${name}`, message: `must be ${words.map((word) => `"${word}"`).join(" or ")}.` }];
}

function unknownNames(from: Unchecked, names: readonly string[], prefix: string): readonly Problem[] {
  return Object.keys(from)
    .filter((name) => !names.includes(name))
    .map((name) => ({ at: `postgres.${prefix}${name}`, message: `is not an option. There are: ${names.join(", ")}.` }));
}

function isRecord(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null;
}
