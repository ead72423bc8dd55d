import { checkShape, type ShapeChecks, wholeNumber } from "@syncline/core/adapter-kit";
import { type Problem, SynclineError } from "@syncline/core/spi";
import { parseSource, type SqlServerConfig } from "./connection-source.ts";
import type { MssqlPool } from "./driver.ts";

/** How to reach a server: one of the three. */
export interface SqlServerSource {
  /**
   * `mssql://user:password@host:1433/database?encrypt=true`, or an ADO connection string. `undefined`, as of an unset
   * variable, is refused.
   */
  readonly connectionString?: string | undefined;
  /** The config object of `mssql`. */
  readonly config?: SqlServerConfig;
  /** A `ConnectionPool` of `mssql` that the application owns: it is left open at the end. */
  readonly pool?: MssqlPool;
}

/** Where strategies' queries run. */
export interface SqlServerQuerySource extends SqlServerSource {
  /**
   * It may be behind: a readable secondary replica, whatever its commit mode, redoes changes after
   * they are committed. Then a new row may be told as deleted, a deleted one as there, and an old
   * state as the newest; nothing tells it again later. Default false: a read of a database that
   * cannot be written is refused.
   */
  readonly mayLag?: boolean;
  /**
   * What becomes of rows that a security policy hides from whoever reads. Default `refuse`: a
   * strategy whose query names a table with a filter predicate is held, as far as the login may see
   * policies. `apply` says that hiding is meant, or that nothing is hidden from this login: a
   * hidden row is an absent one, and is deleted downstream where `whenAbsent` says so.
   */
  readonly rowSecurity?: "refuse" | "apply";
  /**
   * What the server says of a strategy's query that ran, in logs, events, dead letters, `status()`
   * and health. It may quote rows ("Conversion failed when converting the varchar value 'IBAN …'").
   * Default false: our words and the number.
   */
  readonly serverMessages?: boolean;
}

export interface SqlServerOptions extends SqlServerSource {
  /** Where Syncline's tables are. Default `syncline`. */
  readonly schema?: string;
  /** Connections at most, of the pool that is made. Default 10. */
  readonly max?: number;
  /**
   * Strategies' queries read in SNAPSHOT isolation, which the database must allow. False: at READ COMMITTED, where each
   * statement sees what is committed when it reads. Default true.
   */
  readonly snapshotReads?: boolean;
  /** Where strategies' queries run, if not as Syncline's own statements do: a login that may only SELECT. */
  readonly query?: SqlServerQuerySource;
  /** Of Syncline's own statements, not of the strategies' queries. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection. Default 10,000. */
  readonly connectionTimeoutMillis?: number;
  /** When an unused connection is closed. Default 30,000. */
  readonly idleTimeoutMillis?: number;
}

export interface ResolvedSqlServerOptions extends SqlServerSource {
  readonly schema: string;
  readonly max: number;
  readonly snapshotReads: boolean;
  readonly query: SqlServerQuerySource | undefined;
  readonly statementTimeoutMs: number;
  readonly connectionTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
}

const dayMs = 86_400_000;

const sourceChecks: ShapeChecks = {
  connectionString: { check: connectionProblem },
  config: { check: configProblem },
  pool: { check: poolProblem },
};

const queryChecks: ShapeChecks = {
  ...sourceChecks,
  mayLag: { check: (value) => (typeof value === "boolean" ? undefined : "It must be true or false.") },
  rowSecurity: {
    check: (value) => (value === "refuse" || value === "apply" ? undefined : 'It must be "refuse" or "apply".'),
  },
  serverMessages: { check: (value) => (typeof value === "boolean" ? undefined : "It must be true or false.") },
};

const checks: ShapeChecks = {
  ...sourceChecks,
  schema: { check: schemaProblem },
  max: { check: wholeNumber(1, 10_000) },
  snapshotReads: { check: (value) => (typeof value === "boolean" ? undefined : "It must be true or false.") },
  query: { check: (value) => (isObject(value) ? undefined : "It must be an object.") },
  statementTimeoutMs: { check: wholeNumber(1, dayMs) },
  connectionTimeoutMillis: { check: wholeNumber(1, dayMs) },
  idleTimeoutMillis: { check: wholeNumber(1, dayMs) },
};

/** Defaults filled in. Throws `config.invalid` with all problems at once. */
export function resolveOptions(options: SqlServerOptions): ResolvedSqlServerOptions {
  const problems = optionProblems(options);
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of sqlserver() are not usable.", { problems });
  const { connectionString, config, pool, query } = options;
  return {
    ...(connectionString === undefined ? {} : { connectionString }),
    ...(config === undefined ? {} : { config }),
    ...(pool === undefined ? {} : { pool }),
    schema: options.schema ?? "syncline",
    max: options.max ?? 10,
    snapshotReads: options.snapshotReads ?? true,
    query,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    connectionTimeoutMillis: options.connectionTimeoutMillis ?? 10_000,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 30_000,
  };
}

function optionProblems(options: unknown): readonly Problem[] {
  const place = (prefix: string, problems: readonly Problem[]) =>
    problems.map(({ at, message }) => ({ at: at === "" ? prefix : `${prefix}.${at}`, message }));
  const found = [...place("sqlserver", checkShape(options, checks))];
  if (!isObject(options)) return found;
  found.push(...place("sqlserver", [...sourceProblems(options), ...intentProblems(options)]));
  if (!isObject(options.query)) return found;
  const { query: from } = options;
  const query = [
    ...checkShape(from, queryChecks),
    ...(hasSource(from) || (from.rowSecurity === undefined && from.serverMessages === undefined)
      ? sourceProblems(from)
      : []),
    ...(from.mayLag === true ? [] : intentProblems(from)),
  ];
  return [...found, ...place("sqlserver.query", query)];
}

/** Without one, queries run where everything else does. */
export function hasSource(from: Unchecked | SqlServerSource): boolean {
  return Object.entries(from).some(([name, value]) => Object.hasOwn(sourceChecks, name) && value !== undefined);
}

function sourceProblems(from: Unchecked): readonly Problem[] {
  const given = Object.keys(sourceChecks).filter((name) => from[name] !== undefined);
  if (given.length === 1) return [];
  if (given.length > 1) return [{ at: given[1] ?? "", message: `It cannot be given together with ${given[0]}.` }];
  return [
    {
      at: "connectionString",
      message: "It is missing (is the environment variable set?), and there is no config and no pool.",
    },
  ];
}

/** A read-only intent asks for a secondary replica. */
function intentProblems({ connectionString, config }: Unchecked): readonly Problem[] {
  const message =
    "Its readOnlyIntent asks for a secondary replica, which may be behind: living rows could be told as deleted. " +
    "Read from the primary, or accept it with query: { mayLag: true }.";
  const hasIntent = (given: unknown) =>
    isObject(given) && isObject(given.options) && given.options.readOnlyIntent === true;
  const parsed = typeof connectionString === "string" ? parsedOrNothing(connectionString) : undefined;
  if (hasIntent(parsed)) return [{ at: "connectionString", message }];
  return hasIntent(config) ? [{ at: "config", message }] : [];
}

function parsedOrNothing(connectionString: string): SqlServerConfig | undefined {
  try {
    return parseSource(connectionString);
  } catch {
    return undefined;
  }
}

/** The schema's name: quoted everywhere, so only what would surprise is refused. */
export function schemaProblem(schema: unknown): string | undefined {
  const fits =
    typeof schema === "string" &&
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(schema) &&
    !/^(sys|information_schema)$/i.test(schema);
  return fits ? undefined : "It must be a letter or _, then letters, digits or _, at most 100 characters, and not sys.";
}

function connectionProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return "It must be a text.";
  try {
    parseSource(value);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it is not understood";
    return `It must be mssql://user:password@host:port/database or an ADO connection string: ${reason}.`;
  }
}

function configProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "It must be the config object of mssql.";
  if (typeof value.server !== "string" || value.server === "") return "Its server is missing.";
  return settingsProblem(value);
}

function poolProblem(value: unknown): string | undefined {
  const isPool =
    isObject(value) &&
    ["request", "transaction", "connect", "close", "on"].every((name) => typeof value[name] === "function");
  if (!isPool) return "It must be a ConnectionPool of mssql.";
  return isObject(value.config) ? settingsProblem(value.config) : undefined;
}

/** The server refuses filtered indexes without these, cuts texts silently, or compares NULLs. */
const neededSettings = [
  ...["enableAnsiNull", "enableAnsiNullDefault", "enableAnsiPadding", "enableAnsiWarnings"],
  ...["enableConcatNullYieldsNull", "enableQuotedIdentifier"],
];

/** What of the driver's settings would make Syncline wrong without a word. */
function settingsProblem(config: Unchecked): string | undefined {
  const options = isObject(config.options) ? config.options : {};
  if (options.useUTC === false)
    return "Its options.useUTC must not be false: times would depend on this machine's zone.";
  if (options.enableImplicitTransactions === true)
    return "Its options.enableImplicitTransactions must not be true: nothing would ever be committed.";
  const odd = [
    ...neededSettings.filter((name) => options[name] === false),
    ...(options.enableNumericRoundabort === true ? ["enableNumericRoundabort"] : []),
  ];
  if (odd.length > 0)
    return `Its options ${odd.join(", ")} must be as the driver sets them by default: our tables and indexes rely on it.`;
  return undefined;
}

type Unchecked = { readonly [name: string]: unknown };

function isObject(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null;
}
