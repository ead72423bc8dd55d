import type { Pool, PoolClient } from "pg";
import { expectTypeOf, test } from "vitest";
import type { PgClient, PgExecutor, PgPool } from "./driver.ts";

test("what pg exports has the shapes that the adapter asks for", () => {
  expectTypeOf<Pool>().toExtend<PgPool>();
  expectTypeOf<PoolClient>().toExtend<PgClient>();
  expectTypeOf<PoolClient>().toExtend<PgExecutor>();
});
