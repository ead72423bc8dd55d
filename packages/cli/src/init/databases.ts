import { isAbsolute, relative, resolve } from "node:path";
import type { DatabaseAdapter } from "@syncline/core/spi";
import { Refusal } from "../failure.ts";

/** A database that `init` writes a project for. */
export interface KnownDatabase {
  readonly adapter: string;
  /** The drivers that will do, the usual one first, with the versions that the adapter takes. */
  readonly drivers: readonly { readonly name: string; readonly version: string }[];
  /** The environment variable that says where it is, its value, and one that shows how it looks. */
  readonly variable: string;
  readonly value: string;
  readonly example: string;
  /** For people, without a password. */
  readonly shown: string;
  /** Of the configuration: what is imported, and the adapter's call. @param driver of `drivers` */
  imports(driver: string): readonly string[];
  call(driver: string): string;
  /** @param adapter the package's module. @param driver the driver's. */
  open(adapter: unknown, driver: unknown): DatabaseAdapter;
}

const url = "DATABASE_URL";

/** Errors: `Refusal`, which quotes nothing of the address: there may be a password in it. */
export function databaseAt(address: string, folder: string): KnownDatabase {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase();
  if (/[\r\n\0]/.test(address)) throw new Refusal("The database's address has a line break in it.", 2);
  if (scheme === "postgres" || scheme === "postgresql") return server("postgres", "pg", "^8.11.0", address);
  if (scheme === "mariadb") return server("mariadb", "mariadb", "^3.4.0", address);
  if (scheme === undefined || scheme === "file" || scheme === "sqlite")
    return file(address.replace(/^(?:file|sqlite):(?:\/\/(?=\/|$))?/i, ""), folder);
  // A letter alone is a drive.
  if (/^[a-z]$/.test(scheme)) return file(address, folder);
  const others: { readonly [name: string]: string } = {
    sqlserver: "@syncline/sqlserver",
    mssql: "@syncline/sqlserver",
    oracle: "@syncline/oracle",
    mysql: "@syncline/mariadb",
  };
  const other = others[scheme];
  throw new Refusal(
    other === undefined
      ? `There is no adapter for ${scheme}: databases. init knows postgres://…, mariadb://… and a SQLite file's path.`
      : `init does not know ${scheme}: databases yet. ${other} is their adapter, and its README has the configuration.`,
    2,
  );
}

function server(name: "postgres" | "mariadb", driver: string, version: string, address: string): KnownDatabase {
  let parsed: URL;
  try {
    parsed = new URL(address);
  } catch {
    throw new Refusal(
      `The database's address is no URL: ${name}://user:password@host/database. Signs such as @ : / # ? in a password are written %40 %3A %2F %23 %3F.`,
      2,
    );
  }
  return {
    adapter: `@syncline/${name}`,
    drivers: [{ name: driver, version }],
    variable: url,
    value: address,
    example: `${name}://user:password@localhost/database`,
    shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}`,
    imports: () => [`import { ${name} } from "@syncline/${name}";`],
    call: () => `${name}({ connectionString: process.env.${url} })`,
    open: (adapter) => member(adapter, `@syncline/${name}`, name)({ connectionString: address, max: 2 }),
  };
}

function file(path: string, folder: string): KnownDatabase {
  if (path === "") throw new Refusal("The path of the SQLite file is missing.", 2);
  const absolute = resolve(folder, path);
  const near = relative(folder, absolute).replaceAll("\\", "/");
  const value = near.startsWith("../..") || isAbsolute(near) ? absolute : near;
  const must = "{ fileMustExist: true }";
  return {
    adapter: "@syncline/sqlite",
    drivers: [
      { name: "better-sqlite3", version: "^12.0.0" },
      { name: "libsql", version: "^0.5.0" },
    ],
    variable: "DATABASE_FILE",
    value,
    example: "shop.db",
    shown: value,
    imports: (driver) => [`import Database from "${driver}";`, `import { sqlite } from "@syncline/sqlite";`],
    call: () => `sqlite({ open: () => new Database(process.env.DATABASE_FILE ?? "", ${must}) })`,
    open: (adapter, driver) => {
      const Database = (driver as { default: new (file: string, options: object) => object }).default;
      return member(
        adapter,
        "@syncline/sqlite",
        "sqlite",
      )({ open: () => new Database(absolute, { fileMustExist: true }) });
    },
  };
}

function member(module: unknown, name: string, made: string): (options: object) => DatabaseAdapter {
  const found = (module as { readonly [name: string]: unknown })[made];
  if (typeof found !== "function") throw new Refusal(`${name} has no ${made}(): is it of another version?`);
  return found as (options: object) => DatabaseAdapter;
}
