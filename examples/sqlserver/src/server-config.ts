import type sql from "mssql";

/** The config of `mssql://user:password@host:1433?trustServerCertificate=true`. */
export function serverConfig(text: string): sql.config {
  const url = new URL(text.replace(/^[a-z]+:/i, "http:"));
  const isSet = (name: string) => url.searchParams.get(name) === "true";
  return {
    server: url.hostname,
    port: Number(url.port || 1433),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    options: {
      encrypt: url.searchParams.get("encrypt") !== "false",
      trustServerCertificate: isSet("trustServerCertificate"),
    },
  };
}
