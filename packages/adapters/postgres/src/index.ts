/** Syncline's PostgreSQL adapter. */
export { postgres } from "./adapter.ts";
export { postgresDialect } from "./dialect.ts";
export type { PgClient, PgPool } from "./driver.ts";
export type { PostgresOptions, PostgresQueryOptions, PostgresWakeUpOptions } from "./options.ts";
export { type PgTransaction, type PostgresRecorderOptions, postgresRecorder } from "./recorder.ts";
