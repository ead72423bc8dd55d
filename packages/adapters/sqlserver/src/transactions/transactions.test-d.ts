import type { Knex } from "knex";
import type { ControlledTransaction, Kysely, Transaction } from "kysely";
import type { EntityManager, QueryRunner } from "typeorm";
import { expectTypeOf, test } from "vitest";
import type { KnexTransaction, KyselyTransaction, TypeormManager, TypeormRunner } from "./index.ts";

interface Tables {
  readonly orders: { readonly id: string };
}

test("the libraries' transactions have the shapes that the bridges ask for", () => {
  expectTypeOf<Transaction<Tables>>().toExtend<KyselyTransaction>();
  expectTypeOf<ControlledTransaction<Tables>>().toExtend<KyselyTransaction>();
  expectTypeOf<Knex.Transaction>().toExtend<KnexTransaction>();
  expectTypeOf<EntityManager>().toExtend<TypeormManager>();
  expectTypeOf<QueryRunner>().toExtend<TypeormRunner>();
});

test("what is outside of a transaction is refused by the compiler where types can tell", () => {
  expectTypeOf<Kysely<Tables>>().not.toExtend<KyselyTransaction>();
  expectTypeOf<Knex>().not.toExtend<KnexTransaction>();
});
