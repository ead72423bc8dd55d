import type { ConnectionPool, Request, Transaction } from "mssql";
import { expectTypeOf, test } from "vitest";
import type { MssqlPool, MssqlRequest, MssqlTransaction } from "./driver.ts";
import type { SqlServerTransaction } from "./recorder.ts";

test("what mssql exports has the shapes that the adapter asks for", () => {
  expectTypeOf<ConnectionPool>().toExtend<MssqlPool>();
  expectTypeOf<Transaction>().toExtend<MssqlTransaction>();
  expectTypeOf<Request>().toExtend<MssqlRequest>();
});

test("one records on a transaction, on a request, and not on a pool", () => {
  expectTypeOf<Transaction>().toExtend<SqlServerTransaction>();
  expectTypeOf<Request>().toExtend<SqlServerTransaction>();
  expectTypeOf<ConnectionPool>().not.toExtend<SqlServerTransaction>();
});
