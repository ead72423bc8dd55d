export { mariadb } from "./adapter.ts";
export { mariadbDialect } from "./dialect.ts";
export type { MariadbOptions, MariadbQueryOptions, MariadbSource } from "./options.ts";
export { type MariadbRecorderOptions, type MariadbTransaction, mariadbRecorder } from "./recorder.ts";
