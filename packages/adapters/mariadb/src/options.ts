import { checkShape, type ShapeChecks, wholeNumber } from "@syncline/core/adapter-kit";
import { type Problem, SynclineError } from "@syncline/core/spi";
import type { ConnectionConfig } from "mariadb";

/** Where the server is: one of the two. */
export interface MariadbSource {
  /**
   * `mariadb://user:password@host:3306` or `mysql://…`, with the driver's options behind a `?`.
   * `undefined`, as of an unset variable, is refused.
   */
  readonly connectionString?: string | undefined;
  /** The driver's own configuration: `{ host, port, user, password, ssl, … }`. */
  readonly config?: ConnectionConfig;
}

/** Where strategies' queries run, if not where the deliveries are kept: a login that may only SELECT. */
export interface MariadbQueryOptions extends MariadbSource {
  /**
   * Default `refuse`: a read that is served by another server than the one that the changes are on,
   * or by a read-only one, is an error. `allow`: a replica may be read, and what is delivered last
   * may be an old state, or a deletion of a row that is there.
   */
  readonly staleReads?: "refuse" | "allow";
  /**
   * Errors of strategies' queries keep what the server says of a read that ran, and it may quote
   * rows: in logs, events, dead letters, `status()` and health. Default false.
   */
  readonly serverMessages?: boolean;
}

export interface MariadbOptions extends MariadbSource {
  /** The database that holds Syncline's tables. Default `syncline`. */
  readonly schema?: string;
  /** Connections at most. Default 10. */
  readonly max?: number;
  readonly query?: MariadbQueryOptions;
  /** Of Syncline's own statements, not of the strategies' queries. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection. Default 10,000. */
  readonly connectionTimeoutMillis?: number;
  /** When an unused connection is closed. Default 30,000. */
  readonly idleTimeoutMillis?: number;
}

export interface ResolvedMariadbOptions extends MariadbSource {
  readonly schema: string;
  readonly max: number;
  readonly query: MariadbQueryOptions;
  readonly statementTimeoutMs: number;
  readonly connectionTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
}

const dayMs = 86_400_000;

const sourceChecks: ShapeChecks = {
  connectionString: { check: urlProblem },
  config: { check: configProblem },
};

const queryChecks: ShapeChecks = {
  ...sourceChecks,
  staleReads: {
    check: (value) => (value === "refuse" || value === "allow" ? undefined : 'It must be "refuse" or "allow".'),
  },
  serverMessages: { check: (value) => (typeof value === "boolean" ? undefined : "It must be true or false.") },
};

const checks: ShapeChecks = {
  ...sourceChecks,
  schema: { check: schemaProblem },
  max: { check: wholeNumber(1, 10_000) },
  query: { check: (value) => (isObject(value) ? undefined : "It must be an object.") },
  statementTimeoutMs: { check: wholeNumber(1, dayMs) },
  connectionTimeoutMillis: { check: wholeNumber(1, dayMs) },
  idleTimeoutMillis: { check: wholeNumber(1, dayMs) },
};

/** Defaults filled in. Throws `config.invalid` with all problems at once. */
export function resolveOptions(options: MariadbOptions): ResolvedMariadbOptions {
  const problems = optionProblems(options);
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of mariadb() are not usable.", { problems });
  return {
    ...sourceOf(options),
    schema: options.schema ?? "syncline",
    max: options.max ?? 10,
    query: options.query ?? {},
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    connectionTimeoutMillis: options.connectionTimeoutMillis ?? 10_000,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 30_000,
  };
}

export function sourceOf({ connectionString, config }: MariadbSource): MariadbSource {
  return {
    ...(connectionString === undefined ? {} : { connectionString }),
    ...(config === undefined ? {} : { config }),
  };
}

export function hasSource({ connectionString, config }: MariadbSource): boolean {
  return connectionString !== undefined || config !== undefined;
}

function optionProblems(options: unknown): readonly Problem[] {
  const place = (prefix: string, problems: readonly Problem[]) =>
    problems.map(({ at, message }) => ({ at: at === "" ? prefix : `${prefix}.${at}`, message }));
  const found = [...place("mariadb", checkShape(options, checks))];
  if (!isObject(options)) return found;
  found.push(...place("mariadb", sourceProblems(options, true)));
  if (!isObject(options.query)) return found;
  return [
    ...found,
    ...place("mariadb.query", [...checkShape(options.query, queryChecks), ...sourceProblems(options.query, false)]),
  ];
}

function sourceProblems({ connectionString, config }: Unchecked, isNeeded: boolean): readonly Problem[] {
  if (connectionString !== undefined && config !== undefined)
    return [{ at: "config", message: "It cannot be given together with connectionString." }];
  if (!isNeeded || connectionString !== undefined || config !== undefined) return [];
  return [
    { at: "connectionString", message: "It is missing (is the environment variable set?), and there is no config." },
  ];
}

/** The database's name: quoted everywhere, so only what would surprise is refused. */
export function schemaProblem(schema: unknown): string | undefined {
  const fits =
    typeof schema === "string" &&
    /^[A-Za-z_][A-Za-z0-9_]{0,49}$/.test(schema) &&
    !/^(mysql|information_schema|performance_schema|sys)$/i.test(schema);
  return fits
    ? undefined
    : "It must be a letter or _, then letters, digits or _, at most 50 characters, and no database of the server's own.";
}

function urlProblem(value: unknown): string | undefined {
  return typeof value === "string" && /^(mariadb|mysql):\/\/[^/?#]+/.test(value) && URL.canParse(value)
    ? undefined
    : "It must be mariadb://user:password@host:port.";
}

/** What would change what Syncline's statements mean is set by Syncline alone. */
function configProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "It must be the configuration of the driver's createConnection.";
  if (typeof value.getConnection === "function") return "It must be the configuration of a connection, and no pool.";
  return undefined;
}

type Unchecked = { readonly [name: string]: unknown };

function isObject(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null;
}
