import type { Connection } from "mariadb";

/** On a connection of the worker's own. */
export type Ask = <Result>(work: (connection: Connection) => Promise<Result>, signal: AbortSignal) => Promise<Result>;
