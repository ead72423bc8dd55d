import type { ChangeRecorder } from "@syncline/core/spi";
import type { Client, Pool, PoolClient } from "pg";
import { expectTypeOf, test } from "vitest";
import { type PgTransaction, type PostgresOptions, postgres, postgresRecorder } from "./index.ts";

test("changes are recorded on any client of pg, and not on a pool", () => {
  expectTypeOf<PoolClient>().toExtend<PgTransaction>();
  expectTypeOf<Client>().toExtend<PgTransaction>();
  expectTypeOf<Pool>().not.toExtend<PgTransaction>();
});

test("the adapter's recorder and the stand-alone one are the same kind", () => {
  expectTypeOf(postgresRecorder()).toEqualTypeOf<ChangeRecorder<PgTransaction>>();
  expectTypeOf(postgres).returns.toHaveProperty("recorder").toEqualTypeOf<ChangeRecorder<PgTransaction>>();
  expectTypeOf<{ pool: Pool }>().toExtend<PostgresOptions>();
});
