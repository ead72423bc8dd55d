import type { Connection, Pool } from "oracledb";
import { expectTypeOf, test } from "vitest";
import type { OracleConnection, OraclePool } from "./driver.ts";
import type { OracleTransaction } from "./recorder.ts";

test("what oracledb exports has the shapes that the adapter asks for", () => {
  expectTypeOf<Pool>().toExtend<OraclePool>();
  expectTypeOf<Connection>().toExtend<OracleConnection>();
});

test("a connection is what changes are recorded on, and a pool is not", () => {
  expectTypeOf<Connection>().toExtend<OracleTransaction>();
  expectTypeOf<Pool>().not.toExtend<OracleTransaction>();
});
