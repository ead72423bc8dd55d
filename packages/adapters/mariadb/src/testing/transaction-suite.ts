import { type Change, isSynclineError } from "@syncline/core/spi";
import { type Connection, createConnection } from "mariadb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mariadb } from "../adapter.ts";
import { type MariadbTransaction, mariadbRecorder } from "../recorder.ts";
import { type TestServer, testServer } from "./server.ts";
import { never, silent, uniqueName } from "./session.ts";

/** One transaction of a library. */
export interface LibraryTransaction {
  /** What the test records on. */
  readonly tx: MariadbTransaction;
  /** Runs a statement without parameters, as the application would. */
  run(text: string): PromiseLike<unknown>;
  /** A transaction within it; what `work` throws rolls it back, and comes out. */
  nested(work: (tx: MariadbTransaction) => Promise<void>): Promise<unknown>;
}

/** A library, connected to the test's database. */
export interface TransactionLibrary {
  /** What `work` throws rolls back, and comes out. */
  transaction(work: (given: LibraryTransaction) => Promise<void>): Promise<unknown>;
  /** What is not in a transaction, and must be refused: at once, or when it records. */
  readonly outside: { readonly [what: string]: () => MariadbTransaction };
}

const rollBack = new Error("roll back");
// What one library or another reads as its own syntax, or escapes.
const awkward = [`O'Neil`, `"; DROP TABLE x; --`, "\\", "\\?", "??", "größe 🚲", "$1", ":name", "{}", "%s", ""];

/** The same promises, held against the real library and a real server. */
export async function describeTransactions(
  library: string,
  connect: (server: TestServer & { readonly database: string }) => TransactionLibrary,
) {
  const server = await testServer();
  describe.skipIf(server === undefined)(`on a transaction of ${library}`, () => {
    if (server === undefined) return;
    const schema = uniqueName("recorded");
    const database = `${schema}_shop`;
    const recorder = mariadbRecorder({ schema });
    let admin: Connection;
    let library: TransactionLibrary;
    const recorded = async () =>
      (await admin.query({ sql: `SELECT \`condition\` FROM ${schema}.\`change\` ORDER BY id`, rowsAsArray: true })).map(
        ([condition]: readonly string[]) => condition,
      );

    async function rolledBack(work: (given: LibraryTransaction) => Promise<void>): Promise<void> {
      const attempt = library.transaction(async (given) => {
        await work(given);
        throw rollBack;
      });
      await expect(attempt).rejects.toBe(rollBack);
    }

    beforeAll(async () => {
      admin = await createConnection({ ...server });
      // The server's default character set is latin1, as it was for decades.
      await admin.query(`CREATE DATABASE ${database}`);
      await admin.query(`CREATE TABLE ${database}.customer (name VARCHAR(20))`);
      const session = mariadb({ config: { ...server }, schema }).open({ log: silent });
      await session.migrate(never);
      await session.close();
    });
    const { transaction, outside } = connect({ ...server, database });
    library = { transaction, outside };
    afterAll(async () => {
      await admin.query(`DROP DATABASE ${schema}`);
      await admin.query(`DROP DATABASE ${database}`);
      await admin.end();
    });
    beforeEach(async () => {
      await admin.query(`DELETE FROM ${schema}.\`change\``);
      await admin.query(`DELETE FROM ${database}.customer`);
    });

    test("a change is there once the business transaction has committed, and not before", async () => {
      await transaction(async ({ tx, run }) => {
        await run("INSERT INTO customer VALUES ('a')");
        await recorder.record(tx, [change("a")]);
        expect(await recorded()).toEqual([]);
      });
      expect(await recorded()).toEqual([keyOf("a")]);
      expect(await admin.query(`SELECT name FROM ${database}.customer`)).toEqual([{ name: "a" }]);
    });

    test("a transaction that is rolled back records nothing", async () => {
      await rolledBack(async ({ tx, run }) => {
        await run("INSERT INTO customer VALUES ('a')");
        await recorder.record(tx, [change("a")]);
        await recorder.record(tx, [change("b"), change("c")]);
      });
      expect(await recorded()).toEqual([]);
      expect(await admin.query(`SELECT name FROM ${database}.customer`)).toEqual([]);
    });

    test("a nested one that is rolled back takes its own changes with it", async () => {
      await transaction(async ({ tx, nested }) => {
        await recorder.record(tx, [change("before")]);
        const attempt = nested(async (inner) => {
          await recorder.record(inner, [change("within")]);
          throw rollBack;
        });
        await expect(attempt).rejects.toBe(rollBack);
        await nested((inner) => recorder.record(inner, [change("kept")]));
        await recorder.record(tx, [change("after")]);
      });
      expect(await recorded()).toEqual(["before", "kept", "after"].map(keyOf));
    });

    test.each(["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ORACLE"])(
      "every character arrives, alone and among many, in sql_mode %j",
      async (mode) => {
        await transaction(async ({ tx, run }) => {
          await run(`SET SESSION sql_mode = '${mode}'`);
          for (const name of awkward) await recorder.record(tx, [change(name)]);
          await recorder.record(tx, awkward.map(change));
          await run("SET SESSION sql_mode = DEFAULT");
        });
        expect(await recorded()).toEqual([...awkward, ...awkward].map(keyOf));
      },
    );

    test("a thousand changes are one statement, and come in their order", async () => {
      const changes = Array.from({ length: 1_000 }, (_, index) => change(`n${index}`));
      await transaction(async ({ tx }) => {
        let count = 0;
        const counting: MariadbTransaction = {
          execute: (text, values) => {
            count += 1;
            return tx.execute(text, values);
          },
        };
        await recorder.record(counting, changes);
        expect(count).toBe(1);
      });
      expect(await recorded()).toEqual(changes.map(({ key }) => key));
    });

    test("a database that is not there is called so", async () => {
      await rolledBack(async ({ tx }) => {
        const error: unknown = await mariadbRecorder({ schema: "nowhere" })
          .record(tx, [change("a")])
          .catch((thrown) => thrown);
        expect(isSynclineError(error) && error.code, String(error)).toBe("database.schema");
        expect(String(error)).toMatch(/nowhere.*error 1(146|049).*migrate/);
      });
    });

    test.each(Object.entries(outside))("%s is refused", async (_, bridge) => {
      const recording = (async () => recorder.record(bridge(), [change("a")]))();
      await expect(recording).rejects.toMatchObject({ code: "recorder.connection" });
      expect(await recorded()).toEqual([]);
    });
  });
}

function keyOf(name: string): string {
  return JSON.stringify({ name });
}

function change(name: string): Change {
  return { category: "customer", condition: { name }, key: keyOf(name), operation: "upsert" };
}
