import { type Change, isSynclineError } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import pg from "pg";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type PgTransaction, postgresRecorder } from "../recorder.ts";
import { column, never, openPool, openSession } from "./session.ts";

/** One transaction of a library. */
export interface LibraryTransaction {
  /** What the test records on. */
  readonly tx: PgTransaction;
  /** Runs a statement without parameters, as the application would. */
  run(text: string): PromiseLike<unknown>;
  /** A transaction within it; what `work` throws rolls it back, and comes out. */
  nested(work: (tx: PgTransaction) => Promise<void>): Promise<unknown>;
}

/** A library, connected to the test's database. */
export interface TransactionLibrary {
  /** What `work` throws rolls back, and comes out. */
  transaction(work: (given: LibraryTransaction) => Promise<void>): Promise<unknown>;
  /** What is not in a transaction, and must be refused. */
  readonly outside: { readonly [what: string]: () => PgTransaction };
}

const rollBack = new Error("roll back");
// What one library or another reads as its own syntax, or escapes.
const awkward = [`O'Neil`, `"; DROP TABLE x; --`, "\\", "\\?", "??", "größe 🚲", "$1", ":name", "{}", "%s", ""];

/** The same promises, held against the real library and a real server. */
export async function describeTransactions(library: string, connect: (url: string) => TransactionLibrary) {
  const url = await testDatabase();
  const pool = openPool(url);
  const { migrate } = openSession({ connectionString: url });
  const recorder = postgresRecorder();
  const { transaction, outside } = connect(url);
  const recorded = () => column(pool, "SELECT condition FROM syncline.change ORDER BY id");

  async function rolledBack(work: (given: LibraryTransaction) => Promise<void>): Promise<void> {
    const attempt = transaction(async (given) => {
      await work(given);
      throw rollBack;
    });
    await expect(attempt).rejects.toBe(rollBack);
  }

  beforeAll(async () => {
    await migrate(never);
    await pool.query("CREATE TABLE customer (name text)");
  });
  beforeEach(async () => {
    await pool.query("TRUNCATE syncline.change, customer");
  });

  describe(`on a transaction of ${library}`, () => {
    test("a change is there once the business transaction has committed, and not before", async () => {
      await transaction(async ({ tx, run }) => {
        await run("INSERT INTO customer VALUES ('a')");
        await recorder.record(tx, [change("a")]);
        expect(await recorded()).toEqual([]);
      });
      expect(await recorded()).toEqual([keyOf("a")]);
      expect(await column(pool, "SELECT name FROM customer")).toEqual(["a"]);
    });

    test("a transaction that is rolled back records nothing", async () => {
      await rolledBack(async ({ tx, run }) => {
        await run("INSERT INTO customer VALUES ('a')");
        await recorder.record(tx, [change("a")]);
        await recorder.record(tx, [change("b"), change("c")]);
      });
      expect(await recorded()).toEqual([]);
      expect(await column(pool, "SELECT name FROM customer")).toEqual([]);
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

    test("every character arrives, alone and among many", async () => {
      await transaction(async ({ tx }) => {
        for (const name of awkward) await recorder.record(tx, [change(name)]);
        await recorder.record(tx, awkward.map(change));
      });
      expect(await recorded()).toEqual([...awkward, ...awkward].map(keyOf));
    });

    test("recording is one statement, for one change and for many, with or without a notification", async () => {
      for (const wakeUp of [{ notify: false }, { notify: true, debounceMs: 0 }]) {
        for (const count of [1, 1_000]) {
          const changes = Array.from({ length: count }, (_, index) => change(`n${index}`));
          const statements = vi.spyOn(pg.Client.prototype, "query");
          await transaction(async ({ tx }) => {
            statements.mockClear();
            await postgresRecorder({ wakeUp }).record(tx, changes);
            expect(statements).toHaveBeenCalledTimes(1);
          }).finally(() => statements.mockRestore());
          expect(await recorded()).toEqual(changes.map(({ key }) => key));
          await pool.query("TRUNCATE syncline.change");
        }
      }
    });

    test("a schema that is not there is called so", async () => {
      await rolledBack(async ({ tx }) => {
        const error: unknown = await postgresRecorder({ schema: "nowhere" })
          .record(tx, [change("a")])
          .catch((thrown) => thrown);
        expect(isSynclineError(error) && error.code).toBe("database.schema");
        expect(String(error)).toMatch(/relation "nowhere.change" does not exist.*42P01.*migrate/);
      });
    });

    test.each(Object.entries(outside))("%s is refused", async (_, bridge) => {
      expect(bridge).toThrow(expect.objectContaining({ code: "recorder.connection" }));
    });
  });
}

function keyOf(name: string): string {
  return JSON.stringify({ name });
}

function change(name: string): Change {
  return { category: "customer", condition: { name }, key: keyOf(name), operation: "upsert" };
}
