/** A throw-away PostgreSQL for tests and demos, with nothing to install. */
export { createDatabase, dropDatabase } from "./databases.ts";
export { devPostgres, ownPostgres } from "./dev-postgres.ts";
export type {
  DevPostgres,
  DevPostgresOptions,
  InProcessPostgres,
  OwnPostgresServer,
  OwnServerOptions,
  PostgresServer,
  ServerKind,
  StopMode,
  StopOptions,
} from "./options.ts";
