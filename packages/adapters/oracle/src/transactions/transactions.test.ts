import { createRequire } from "node:module";
import type { Change } from "@syncline/core/spi";
import knex, { type Knex } from "knex";
import oracledb from "oracledb";
import { DataSource } from "typeorm";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { oracleRecorder } from "../recorder.ts";
import type { TnsCall } from "../testing/tns/call.ts";
import { startTnsServer } from "../testing/tns/server.ts";
import { type KnexTransaction, knexTransaction } from "./knex.ts";
import { type TypeormManager, typeormTransaction } from "./typeorm.ts";

const require = createRequire(import.meta.url);
const OracleClient = require("knex/lib/dialects/oracledb/index.js") as new () => Knex.Client & {
  fetchAsString: unknown[];
};

/** Knex looks for the driver beside itself; this package has it in its own folder. */
class ClientWithDriver extends OracleClient {
  _driver() {
    this.fetchAsString = [];
    return oracledb;
  }
}

const server = await startTnsServer(({ sql, rows }) => {
  if (sql.startsWith("SELECT")) return { columns: [{ name: "X", type: "VARCHAR2(10)" }], rows: [["DOUBLE"]] };
  return { rowCount: rows.length };
});
const { user, password, connectString } = server.config;
const db = knex({
  client: ClientWithDriver as never,
  connection: { user, password, connectString },
  pool: { min: 0, max: 2 },
});
const dataSource = await new DataSource({
  type: "oracle",
  driver: oracledb,
  username: user,
  password,
  connectString,
}).initialize();
const recorder = oracleRecorder();
const change: Change = { category: "order", condition: { orderId: "42" }, key: `{"orderId":42}`, operation: "upsert" };
let before = 0;

beforeEach(() => {
  before = server.calls.length;
});

afterAll(async () => {
  await db.destroy();
  await dataSource.destroy();
  await server.close();
});

/** What changes something, as it came over the wire; TypeORM begins with SET TRANSACTION, and ends with statements. */
function story() {
  const word = ({ kind, sql }: TnsCall) => (kind === "execute" ? (sql.split(" ")[0] ?? "").toLowerCase() : kind);
  const calls = server.calls.slice(before).filter(({ kind, sql }) => kind !== "ping" && !/^(SELECT|SET) /.test(sql));
  return { words: calls.map(word), connections: new Set(calls.map(({ connection }) => connection)), calls };
}

/** The library's own UPDATE, the recording, and how the transaction ends: all on one connection, and committed once. */
function expectOneTransaction(end: "commit" | "rollback") {
  const { words, connections, calls } = story();
  const ended = words.indexOf(end);
  expect(words.slice(0, ended + 1)).toEqual(["update", "insert", end]);
  expect(connections.size).toBe(1);
  expect(calls.slice(0, ended).some(({ commit }) => commit)).toBe(false);
  expect(calls[1]?.rows).toEqual([{ category: "order", condition: change.key, operation: "upsert" }]);
}

describe("knexTransaction()", () => {
  test("records in the transaction, which commits", async () => {
    await db.transaction(async (trx) => {
      await trx.raw("UPDATE orders SET paid = 1");
      await recorder.record(knexTransaction(trx), [change]);
    });
    expectOneTransaction("commit");
  });

  test("records in the transaction, which rolls back", async () => {
    const work = db.transaction(async (trx) => {
      await trx.raw("UPDATE orders SET paid = 1");
      await recorder.record(knexTransaction(trx), [change]);
      throw new Error("changed my mind");
    });
    await expect(work).rejects.toThrow("changed my mind");
    expectOneTransaction("rollback");
  });

  test("refuses what is not in a transaction, or no longer is", async () => {
    let ended: Knex.Transaction | undefined;
    await db.transaction(async (trx) => {
      ended = trx;
    });
    for (const wrong of [db, ended, {}, undefined])
      expect(() => knexTransaction(wrong as KnexTransaction)).toThrow(
        expect.objectContaining({ code: "recorder.connection" }),
      );
  });
});

describe("typeormTransaction()", () => {
  test("records in the transaction, which commits", async () => {
    await dataSource.transaction(async (manager) => {
      await manager.query("UPDATE orders SET paid = 1");
      await recorder.record(typeormTransaction(manager), [change]);
    });
    expectOneTransaction("commit");
  });

  test("records on a query runner that began a transaction, which rolls back", async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query("UPDATE orders SET paid = 1");
    await recorder.record(typeormTransaction(runner), [change]);
    await runner.rollbackTransaction();
    await runner.release();
    expectOneTransaction("rollback");
  });

  test("refuses what is not in a transaction", async () => {
    const runner = dataSource.createQueryRunner();
    for (const wrong of [dataSource.manager, runner, {}, undefined])
      expect(() => typeormTransaction(wrong as TypeormManager)).toThrow(
        expect.objectContaining({ code: "recorder.connection" }),
      );
    await runner.release();
  });
});
