import { createRequire } from "node:module";
import type { SqliteDatabase } from "../driver.ts";

type Driver = new (file: string) => SqliteDatabase;

/** libsql; or what SYNCLINE_SQLITE_DRIVER names, a package or a path: better-sqlite3, where one is installed. */
export function openWithDriver(file: string): SqliteDatabase {
  return new Database(file);
}

export const Database = createRequire(import.meta.url)(process.env.SYNCLINE_SQLITE_DRIVER ?? "libsql") as Driver;
