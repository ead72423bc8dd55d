import { type Change, isSynclineError, type SynclineError } from "@syncline/core/spi";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { recordNow, type SqliteExecutor, sqliteRecorder } from "../recorder.ts";
import { recordedIn, shopFile } from "./shop-file.ts";

/** One transaction of a library. */
export interface LibraryTransaction {
  /** What the test records on. */
  readonly tx: SqliteExecutor;
  /** Runs a statement without parameters, as the application would. */
  run(text: string): unknown;
  /** A transaction within it; what `work` throws rolls it back, and comes out. */
  nested(work: (tx: SqliteExecutor) => unknown): unknown;
}

/** A library, connected to the test's file. */
export interface TransactionLibrary {
  /** It may be synchronous. What `work` throws rolls back, and comes out. */
  transaction(work: (given: LibraryTransaction) => unknown): unknown;
  /** What is not in a transaction, and must be refused. */
  readonly outside: { readonly [what: string]: () => unknown };
  close(): unknown;
}

const rollBack = new Error("roll back");
// What one library or another reads as its own syntax, or escapes.
const awkward = ["O'Neil", '"; DROP TABLE x; --', "\\", "\\?", "??", "größe 🚲", "$1", ":name", "{}", "%s", ""];

/**
 * The same promises, held against the real library on a real file. `isSynchronous`: its transactions end when their function
 * returns, and `recordNow` records in them.
 */
export function describeTransactions(
  library: string,
  connect: (file: string) => TransactionLibrary | Promise<TransactionLibrary>,
  isSynchronous = false,
): void {
  describe(`on a transaction of ${library}`, () => {
    const shop = shopFile();
    let transaction: TransactionLibrary["transaction"];
    let outside: TransactionLibrary["outside"];
    beforeEach(async () => {
      shop.application.exec("CREATE TABLE customer (name text)");
      const connected = await connect(shop.file);
      ({ transaction, outside } = connected);
      return async () => void (await connected.close());
    });
    const customers = () => shop.application.prepare("SELECT name FROM customer").all({});

    /** Steps of a transaction; those of a synchronous library wait for nothing. */
    const inTransaction = async (steps: (given: LibraryTransaction) => Generator<unknown>) =>
      void (await transaction((given) => walk(steps(given))));
    const walk = (steps: Generator<unknown>): unknown => {
      if (isSynchronous) for (const _ of steps);
      else return walkLater(steps);
    };
    const record = (tx: SqliteExecutor, changes: readonly Change[]) =>
      isSynchronous ? recordNow(tx, changes) : sqliteRecorder.record(tx, changes);

    test("a change is there once the business transaction has committed, and not before", async () => {
      await inTransaction(function* ({ tx, run }) {
        yield run("INSERT INTO customer VALUES ('a')");
        yield record(tx, [change("a")]);
        expect(shop.application.prepare("SELECT 1 FROM syncline_change").all({})).toEqual([]);
      });
      expect(recordedIn(shop)).toEqual([recordOf("a")]);
      expect(customers()).toEqual([{ name: "a" }]);
    });

    test("a transaction that is rolled back records nothing", async () => {
      const attempt = async () =>
        await inTransaction(function* ({ tx, run }) {
          yield run("INSERT INTO customer VALUES ('a')");
          yield record(tx, [change("a")]);
          yield record(tx, [change("b"), change("c")]);
          throw rollBack;
        });
      await expect(attempt()).rejects.toBe(rollBack);
      expect(recordedIn(shop)).toEqual([]);
      expect(customers()).toEqual([]);
    });

    test("a nested one that is rolled back takes its own changes with it", async () => {
      await inTransaction(function* ({ tx, nested }) {
        yield record(tx, [change("before")]);
        const attempt = (inner: SqliteExecutor) =>
          walk(
            (function* () {
              yield record(inner, [change("within")]);
              throw rollBack;
            })(),
          );
        if (isSynchronous) expect(() => nested(attempt)).toThrow(rollBack);
        else yield expect(nested(attempt)).rejects.toBe(rollBack);
        yield nested((inner) => record(inner, [change("kept")]));
        yield record(tx, [change("after")]);
      });
      expect(recordedIn(shop)).toEqual(["before", "kept", "after"].map(recordOf));
    });

    test("every character arrives, alone and among many, in one statement each", async () => {
      await inTransaction(function* ({ tx }) {
        const run = vi.spyOn(tx, "run");
        for (const name of awkward) yield record(tx, [change(name)]);
        yield record(tx, awkward.map(change));
        expect(run).toHaveBeenCalledTimes(awkward.length + 1);
      });
      expect(recordedIn(shop)).toEqual([...awkward, ...awkward].map(recordOf));
    });

    test("a file without Syncline's tables is called so", async () => {
      shop.application.exec("DROP TABLE syncline_change");
      let error: SynclineError | undefined;
      const attempt = async () =>
        await inTransaction(function* ({ tx }) {
          if (isSynchronous) record(tx, [change("a")]);
          else yield record(tx, [change("a")]);
        });
      await attempt().catch((thrown) => {
        error = isSynclineError(thrown) ? thrown : thrown.cause;
      });
      expect(error).toMatchObject({ code: "database.schema", message: expect.stringMatching(/syncline_change/) });
    });

    test("what is no transaction is refused", () => {
      for (const [what, bridge] of Object.entries(outside))
        expect(bridge, what).toThrow(expect.objectContaining({ code: "recorder.connection" }));
    });
  });
}

async function walkLater(steps: Generator<unknown>): Promise<void> {
  for (let at = steps.next(); !at.done; at = steps.next()) await at.value;
}

function change(name: string): Change {
  return { category: "customer", condition: { name }, key: JSON.stringify({ name }), operation: "upsert" };
}

function recordOf(name: string): string {
  return `upsert ${JSON.stringify({ name })}`;
}
