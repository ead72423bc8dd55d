import type { ConnectionConfig } from "mariadb";
import type { MariadbSource } from "./options.ts";

/** What the application may not choose: Syncline reads answers by it. */
const own = {
  rowsAsArray: true,
  dateStrings: true,
  bigIntAsNumber: false,
  decimalAsNumber: false,
  insertIdAsNumber: false,
  jsonStrings: true,
  bitOneIsBoolean: false,
  nestTables: false,
  checkDuplicate: false,
  checkNumberRange: false,
  namedPlaceholders: false,
  multipleStatements: false,
  permitLocalInfile: false,
  metaAsArray: false,
  foundRows: true,
  trace: false,
  // Parameters hold keys, and the driver's messages would quote them.
  logParam: false,
  pipelining: true,
  charset: "utf8mb4",
} as const;

const keepAliveMs = 10_000;

/** How the driver makes a connection. `database` is left out: every statement of ours names its own. */
export function driverConfig(source: MariadbSource, connectTimeout: number): ConnectionConfig {
  const given = source.config ?? configOf(source.connectionString ?? "");
  const {
    initSql: _initSql,
    typeCast: _typeCast,
    queryTimeout: _queryTimeout,
    collation: _collation,
    ...config
  } = given;
  return { keepAliveDelay: keepAliveMs, ...config, ...own, connectTimeout, socketTimeout: 0 };
}

function configOf(connectionString: string): ConnectionConfig {
  const url = new URL(connectionString);
  const options = Object.fromEntries([...url.searchParams].map(([name, value]) => [name, optionOf(value)]));
  const { hostname, port, username, password, pathname } = url;
  return {
    ...options,
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    ...(port === "" ? {} : { port: Number(port) }),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    ...(pathname.length > 1 ? { database: decodeURIComponent(pathname.slice(1)) } : {}),
  };
}

function optionOf(value: string): unknown {
  if (value === "true" || value === "false") return value === "true";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  return value.startsWith("{") ? JSON.parse(value) : value;
}
