import sql, { type config } from "mssql";

/** The config object of `mssql`. */
export type SqlServerConfig = config;

/** What may follow the `?` of a URL. */
const switches: ReadonlySet<string> = new Set([
  "encrypt",
  "trustServerCertificate",
  "readOnlyIntent",
  "multiSubnetFailover",
]);
const texts: ReadonlySet<string> = new Set(["appName", "instanceName", "serverName"]);

/**
 * The driver's config of `mssql://user:password@host:1433/database?encrypt=true`, or of an ADO connection string
 * (`Server=host,1433;Database=…;User Id=…;Password=…`). Throws an `Error` that says what is wrong, and never repeats the text,
 * which holds a password.
 */
export function parseSource(text: string): SqlServerConfig {
  if (/^(mssql|sqlserver):\/\//i.test(text)) return parseUrl(text);
  const parsed: SqlServerConfig = sql.ConnectionPool.parseConnectionString(text);
  if (typeof parsed.server !== "string" || parsed.server === "") throw new Error("it names no Server");
  return parsed;
}

function parseUrl(text: string): SqlServerConfig {
  const url = asHttp(text);
  const options: { [name: string]: string | boolean } = {};
  for (const [name, value] of url.searchParams) {
    if (switches.has(name) && (value === "true" || value === "false")) options[name] = value === "true";
    else if (texts.has(name)) options[name] = value;
    else
      throw new Error(
        `"${name}=${value}" is not understood after the ?; there are ${[...switches, ...texts].join(", ")}`,
      );
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  return {
    server: decodeURIComponent(url.hostname),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    ...(url.username === "" ? {} : { user: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(database === "" ? {} : { database }),
    options,
  };
}

/** Of schemes that it does not know, Node's parser does not tell host, port and path apart. */
function asHttp(text: string): URL {
  const http = text.replace(/^[a-z]+:/i, "http:");
  if (!URL.canParse(http)) throw new Error("it is no URL");
  return new URL(http);
}
