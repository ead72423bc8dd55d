export { type SqliteOptions, sqlite } from "./adapter.ts";
export { sqliteDialect } from "./dialect.ts";
export type { Parameters, SqliteDatabase, SqliteStatement } from "./driver.ts";
export { recordNow, type SqliteExecutor, type SqliteTransaction, sqliteRecorder } from "./recorder.ts";
