import { type SQL, sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { Knex } from "knex";
import type { ControlledTransaction, Kysely, Transaction } from "kysely";
import type { EntityManager, QueryRunner } from "typeorm";
import { expectTypeOf, test } from "vitest";
import type { PrismaClient, TransactionClient } from "../testing/prisma-client.ts";
import {
  type DrizzleSql,
  type DrizzleTransaction,
  drizzleTransaction,
  type KnexTransaction,
  type KyselyTransaction,
  type PrismaTransaction,
  type TypeormManager,
  type TypeormRunner,
} from "./index.ts";

interface Tables {
  readonly orders: { readonly id: string };
}
type DrizzleTx = Parameters<Parameters<NodePgDatabase["transaction"]>[0]>[0];

test("the libraries' transactions have the shapes that the bridges ask for", () => {
  expectTypeOf<Transaction<Tables>>().toExtend<KyselyTransaction>();
  expectTypeOf<ControlledTransaction<Tables>>().toExtend<KyselyTransaction>();
  expectTypeOf<Knex.Transaction>().toExtend<KnexTransaction>();
  expectTypeOf<EntityManager>().toExtend<TypeormManager>();
  expectTypeOf<QueryRunner>().toExtend<TypeormRunner>();
  expectTypeOf<TransactionClient>().toExtend<PrismaTransaction>();
  expectTypeOf<DrizzleTx>().toExtend<DrizzleTransaction<SQL>>();
  expectTypeOf<typeof sql>().toExtend<DrizzleSql<SQL>>();
  // What the compiler infers at a call.
  (tx: DrizzleTx) => drizzleTransaction(tx, sql);
});

test("what is outside of a transaction is refused by the compiler where types can tell", () => {
  expectTypeOf<Kysely<Tables>>().not.toExtend<KyselyTransaction>();
  expectTypeOf<Knex>().not.toExtend<KnexTransaction>();
  expectTypeOf<PrismaClient>().not.toExtend<PrismaTransaction>();
  // @ts-expect-error the database is no transaction
  (db: NodePgDatabase) => drizzleTransaction(db, sql);
});
