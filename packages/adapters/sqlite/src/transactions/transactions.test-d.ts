import { type SQL, sql } from "drizzle-orm";
import type { BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import type { Knex } from "knex";
import type { ControlledTransaction, Kysely, Transaction } from "kysely";
import type Database from "libsql";
import type { EntityManager, QueryRunner } from "typeorm";
import { expectTypeOf, test } from "vitest";
import type { SqliteTransaction } from "../recorder.ts";
import {
  type DrizzleSql,
  type DrizzleTransaction,
  drizzleTransaction,
  type KnexTransaction,
  type KyselyTransaction,
  type TypeormManager,
  type TypeormRunner,
} from "./index.ts";

interface Tables {
  readonly orders: { readonly id: string };
}
type DrizzleTx = Parameters<Parameters<BetterSQLite3Database["transaction"]>[0]>[0];

test("the libraries' transactions have the shapes that the bridges ask for", () => {
  expectTypeOf<Transaction<Tables>>().toExtend<KyselyTransaction>();
  expectTypeOf<ControlledTransaction<Tables>>().toExtend<KyselyTransaction>();
  expectTypeOf<Knex.Transaction>().toExtend<KnexTransaction>();
  expectTypeOf<EntityManager>().toExtend<TypeormManager>();
  expectTypeOf<QueryRunner>().toExtend<TypeormRunner>();
  expectTypeOf<DrizzleTx>().toExtend<DrizzleTransaction<SQL>>();
  expectTypeOf<typeof sql>().toExtend<DrizzleSql<SQL>>();
  (tx: DrizzleTx) => drizzleTransaction(tx, sql);
  expectTypeOf<Database.Database>().toExtend<SqliteTransaction>();
});

test("what is outside of a transaction is refused by the compiler where types can tell", () => {
  expectTypeOf<Kysely<Tables>>().not.toExtend<KyselyTransaction>();
  expectTypeOf<Knex>().not.toExtend<KnexTransaction>();
});
