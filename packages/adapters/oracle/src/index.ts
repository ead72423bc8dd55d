/** Syncline's Oracle Database adapter. */
export { oracle } from "./adapter.ts";
export { type CaptureTriggerOptions, captureTrigger } from "./capture-trigger.ts";
export { oracleDialect } from "./dialect.ts";
export type { OracleConnection, OraclePool } from "./driver.ts";
export type { OracleOptions, OraclePlaceOptions, OracleQueryOptions, OracleSource } from "./options.ts";
export { type OracleRecorderOptions, type OracleTransaction, oracleRecorder } from "./recorder.ts";
