import { type Problem, SynclineError } from "@syncline/core/spi";
import type { OraclePool } from "./driver.ts";
import type { Place } from "./sql/names.ts";

/** How to reach the database: either these three, or a pool. */
export interface OracleSource {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Easy Connect (`host:1521/service`), a descriptor, or an alias of a `tnsnames.ora`. */
  readonly connectString?: string | undefined;
  /** An `oracledb` pool that the application owns: it is left open at the end. */
  readonly pool?: OraclePool;
}

/** Where strategies' queries run, if not where the deliveries are kept: a login that may only read, a standby. */
export interface OracleQueryOptions extends OracleSource {
  /**
   * What the server says of a strategy's query that ran, in logs, events, dead letters, `status()`
   * and health. It may quote rows (`ORA-01722: unable to convert string value containing 'IBAN
   * …'`). Default false: our words and the number.
   */
  readonly serverMessages?: boolean;
}

export type RowSecurity = "refuse" | "apply";

/** Where the tables are. */
export interface OraclePlaceOptions {
  /** Their owner, if it is not the user that connects. */
  readonly schema?: string;
  /** What their names begin with. Default `syncline_`. */
  readonly prefix?: string;
}

export interface OracleOptions extends OracleSource, OraclePlaceOptions {
  /** Connections at most, of the pool that is made; at least 2, as a migration takes two. Default 10. */
  readonly max?: number;
  readonly query?: OracleQueryOptions;
  /**
   * What becomes of a strategy whose tables have a policy that may hide rows from the login that
   * reads: a hidden row would be told as deleted. `refuse` (default), or `apply` if hiding is
   * meant.
   */
  readonly rowSecurity?: RowSecurity;
  /** Of Syncline's own statements, not of the strategies' queries. Default 30,000. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection. Default 10,000. */
  readonly connectionTimeoutMillis?: number;
  /** When an unused connection is closed. Default 60,000. */
  readonly idleTimeoutMillis?: number;
}

export interface ResolvedOracleOptions {
  readonly source: OracleSource;
  readonly query: OracleSource | undefined;
  readonly serverMessages: boolean;
  readonly rowSecurity: RowSecurity;
  readonly place: Place;
  readonly max: number;
  readonly statementTimeoutMs: number;
  readonly connectionTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
}

const sourceNames = ["user", "password", "connectString", "pool"];
const limitNames = ["max", "statementTimeoutMs", "connectionTimeoutMillis", "idleTimeoutMillis"];
const known = [...sourceNames, "schema", "prefix", "query", "rowSecurity", ...limitNames];

/** Defaults filled in. Throws `config.invalid` with all problems at once. */
export function resolveOptions(options: OracleOptions): ResolvedOracleOptions {
  const problems = isRecord(options) ? checkOptions(options) : [{ at: "oracle", message: "must be an object." }];
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of oracle() are not usable.", { problems });
  return {
    source: options,
    query: options.query === undefined || !hasSource(options.query) ? undefined : options.query,
    serverMessages: options.query?.serverMessages === true,
    rowSecurity: options.rowSecurity ?? "refuse",
    place: placeOf(options),
    max: options.max ?? 10,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    connectionTimeoutMillis: options.connectionTimeoutMillis ?? 10_000,
    idleTimeoutMillis: options.idleTimeoutMillis ?? 60_000,
  };
}

/** Without one, queries run where everything else does. */
function hasSource(from: Unchecked | OracleSource): boolean {
  return Object.entries(from).some(([name, value]) => sourceNames.includes(name) && value !== undefined);
}

/** Of options that `placeProblems` found nothing wrong with. */
export function placeOf({ schema, prefix }: OraclePlaceOptions): Place {
  return { schema, prefix: prefix ?? "syncline_" };
}

/** Names go into statements without quotes, so that any tool can write them in any case. */
export function placeProblems(options: { readonly schema?: unknown; readonly prefix?: unknown }, at: string) {
  const problems: Problem[] = [];
  const { schema, prefix } = options;
  if (schema !== undefined && !(typeof schema === "string" && /^[A-Za-z][A-Za-z0-9_$#]{0,127}$/.test(schema)))
    problems.push({ at: `${at}.schema`, message: "must be a user's name: a letter, then letters, digits, _, $ or #." });
  if (prefix !== undefined && !(typeof prefix === "string" && /^[A-Za-z][A-Za-z0-9_]{0,12}_$/.test(prefix)))
    problems.push({
      at: `${at}.prefix`,
      message: "must be a letter, then letters, digits or _, with _ at its end; at most 14 characters.",
    });
  return problems;
}

type Unchecked = { readonly [name: string]: unknown };

function checkOptions(options: OracleOptions & Unchecked): readonly Problem[] {
  return [
    ...unknownNames(options, known, ""),
    ...sourceProblems(options, ""),
    ...placeProblems(options, "oracle"),
    ...limitNames.filter((name) => !isCount(options[name], name === "max" ? 2 : 1)).map(countProblem),
    ...queryProblems(options.query),
    ...(["refuse", "apply", undefined].includes(options.rowSecurity)
      ? []
      : [{ at: "oracle.rowSecurity", message: 'must be "refuse" or "apply".' }]),
  ];
}

function queryProblems(query: unknown): readonly Problem[] {
  if (query === undefined) return [];
  if (!isRecord(query)) return [{ at: "oracle.query", message: "must be an object." }];
  return [
    ...unknownNames(query, [...sourceNames, "serverMessages"], "query."),
    ...(hasSource(query) || query.serverMessages === undefined ? sourceProblems(query, "query.") : []),
    ...(query.serverMessages === undefined || typeof query.serverMessages === "boolean"
      ? []
      : [{ at: "oracle.query.serverMessages", message: "must be true or false." }]),
  ];
}

function sourceProblems(from: Unchecked, prefix: string): readonly Problem[] {
  const names = ["user", "password", "connectString"];
  const { pool } = from;
  if (pool === undefined)
    return names.flatMap((name) => {
      const value = from[name];
      if (name === "connectString" && typeof value === "string" && pooledByServer.test(value))
        return [{ at: `oracle.${prefix}${name}`, message: pooledMessage }];
      if (typeof value === "string" && value !== "") return [];
      const message =
        value === undefined
          ? "is missing (is the environment variable set?), and there is no pool."
          : "must be a text that is not empty.";
      return [{ at: `oracle.${prefix}${name}`, message }];
    });
  const both = names.filter((name) => from[name] !== undefined);
  return [
    ...both.map((name) => ({ at: `oracle.${prefix}${name}`, message: "cannot be given together with pool." })),
    ...(isPool(pool)
      ? []
      : [{ at: `oracle.${prefix}pool`, message: "must be what oracledb.createPool() resolves to." }]),
    ...(prefix === "" && isPool(pool) && Number(pool.poolMax) < 2
      ? [{ at: "oracle.pool", message: "must have a poolMax of 2 or more: a migration takes two connections." }]
      : []),
  ];
}

/** DRCP hands out another session each time, whose settings nobody has made. */
const pooledByServer = /:pooled\b|\(\s*server\s*=\s*pooled\s*\)/i;
const pooledMessage =
  "names sessions that the server pools (DRCP), which may have any settings: connect to a dedicated or shared server, as Syncline has a pool itself.";

function isPool(value: unknown): value is Unchecked {
  return isRecord(value) && typeof value.getConnection === "function" && typeof value.execute !== "function";
}

function isCount(value: unknown, least: number): boolean {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) >= least);
}

function countProblem(name: string): Problem {
  return { at: `oracle.${name}`, message: `must be a whole number above ${name === "max" ? 1 : 0}.` };
}

function unknownNames(from: Unchecked, names: readonly string[], prefix: string): readonly Problem[] {
  return Object.keys(from)
    .filter((name) => !names.includes(name))
    .map((name) => ({ at: `oracle.${prefix}${name}`, message: `is not an option. There are: ${names.join(", ")}.` }));
}

function isRecord(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null;
}
