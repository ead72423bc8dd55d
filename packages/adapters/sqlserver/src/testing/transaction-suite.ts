import { type Change, isSynclineError } from "@syncline/core/spi";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type LibraryTransaction, sqlServerRecorder } from "../recorder.ts";
import type { TdsCall, TdsHandler } from "./tds/call.ts";
import { startTdsServer, type TdsConfig } from "./tds/server.ts";

/** One transaction of a library. */
export interface LibraryWork {
  /** What the test records on. */
  readonly tx: LibraryTransaction;
  /** Runs a statement without parameters, as the application would. */
  run(text: string): PromiseLike<unknown>;
}

/** A library, connected to the test's server. */
export interface TransactionLibrary {
  /** What `work` throws rolls back, and comes out. */
  transaction(work: (given: LibraryWork) => Promise<void>): Promise<unknown>;
  /** What is not in a transaction, and must be refused. */
  readonly outside: { readonly [what: string]: () => LibraryTransaction };
  close(): Promise<unknown>;
}

/** What TypeORM asks when it connects. */
const atConnect: TdsHandler = ({ sql }) =>
  sql.startsWith("SELECT SCHEMA_NAME()")
    ? { results: [{ columns: [{ name: "schema_name", type: "nvarchar(128)" }], rows: [["dbo"]] }] }
    : undefined;

const rollBack = new Error("roll back");
// What one library or another reads as its own syntax, or escapes.
const awkward = [`O'Neil`, `"; DROP TABLE x; --`, "\\", "\\?", "??", "größe 🚲", "@1", ":name", "{}", "%s", ""];

/**
 * The same promises, held against the real library and the real driver; what answers is a double on the wire, which keeps
 * what it was asked and knows no tables.
 */
export async function describeTransactions(
  library: string,
  connect: (config: TdsConfig) => Promise<TransactionLibrary> | TransactionLibrary,
) {
  const server = await startTdsServer(atConnect);
  const { transaction, outside, close } = await connect(server.config);
  const recorder = sqlServerRecorder();
  let before = 0;
  /** Without what a library asks when it connects, or validates a connection. */
  const calls = (): readonly TdsCall[] =>
    server.calls.slice(before).filter(({ sql }) => !/^select (1|SCHEMA_NAME)\b/i.test(sql.trim()));
  const recorded = () => calls().filter(({ sql }) => sql.startsWith("SET ROWCOUNT 0;\nINSERT INTO [syncline].change"));
  afterAll(async () => {
    await close();
    await server.close();
  });
  beforeEach(() => {
    before = server.calls.length;
  });

  describe(`on a transaction of ${library}`, () => {
    test("recording is one statement, on the transaction's own connection, and the library commits", async () => {
      await transaction(async ({ tx, run }) => {
        await run("UPDATE customer SET name = 'a'");
        await recorder.record(tx, [change("a"), change("b")]);
      });
      expect(calls().map(({ kind }) => (kind === "batch" ? "query" : kind))).toEqual([
        "begin",
        "query",
        "query",
        "commit",
      ]);
      expect(new Set(calls().map(({ connection }) => connection)).size).toBe(1);
      expect(recorded()).toMatchObject([{ inTransaction: true }]);
    });

    test("what the application throws rolls back what was recorded", async () => {
      const attempt = transaction(async ({ tx }) => {
        await recorder.record(tx, [change("a")]);
        throw rollBack;
      });
      await expect(attempt).rejects.toThrow(rollBack.message);
      expect(recorded()).toHaveLength(1);
      expect(calls().at(-1)?.kind).toBe("rollback");
    });

    test("every character arrives, in one parameter", async () => {
      await transaction(({ tx }) => recorder.record(tx, awkward.map(change)));
      const [{ parameters }] = recorded() as [TdsCall];
      expect(parameters).toHaveLength(1);
      const rows = JSON.parse(String(parameters[0]?.value)) as readonly { readonly k: string }[];
      expect(rows.map(({ k }) => (JSON.parse(k) as { readonly name: string }).name)).toEqual(awkward);
    });

    test("few lengths of the parameter are declared, whatever the length of what is recorded", async () => {
      await transaction(async ({ tx }) => {
        for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 50, 60, 200])
          await recorder.record(
            tx,
            Array.from({ length: count }, (_, index) => change(`n${index}`)),
          );
      });
      const types = new Set(recorded().map(({ parameters }) => parameters[0]?.type));
      expect([...types].sort()).toEqual([
        "nvarchar(1024)",
        "nvarchar(128)",
        "nvarchar(256)",
        "nvarchar(4000)",
        "nvarchar(512)",
        "nvarchar(max)",
      ]);
    });

    test("a schema that is not there is called so", async () => {
      server.handle(({ sql }) =>
        sql.includes("INSERT INTO [syncline].change")
          ? { error: { number: 208, message: "Invalid object name 'syncline.change'." } }
          : undefined,
      );
      let error: unknown;
      await transaction(async ({ tx }) => {
        await recorder.record(tx, [change("a")]).catch((thrown) => {
          error = thrown;
        });
      });
      server.handle(atConnect);
      expect(isSynclineError(error) && error.code).toBe("database.schema");
      expect(String(error)).toMatch(/Invalid object name.*migrate/);
    });

    test.each(Object.entries(outside))("%s is refused", async (_, bridge) => {
      expect(bridge).toThrow(expect.objectContaining({ code: "recorder.connection" }));
    });
  });
}

function change(name: string): Change {
  const key = JSON.stringify({ name });
  return { category: "customer", condition: { name }, key, operation: "upsert" };
}
