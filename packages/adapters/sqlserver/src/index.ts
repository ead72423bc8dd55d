/** Syncline's SQL Server adapter. */
export { sqlserver } from "./adapter.ts";
export { type CaptureTriggerOptions, captureTrigger } from "./capture/capture-trigger.ts";
export type { SqlServerConfig } from "./connection-source.ts";
export { sqlServerDialect } from "./dialect.ts";
export type { MssqlPool } from "./driver.ts";
export type { SqlServerOptions, SqlServerQuerySource, SqlServerSource } from "./options.ts";
export { type SqlServerRecorderOptions, type SqlServerTransaction, sqlServerRecorder } from "./recorder.ts";
