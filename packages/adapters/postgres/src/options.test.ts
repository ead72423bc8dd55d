import pg from "pg";
import { describe, expect, test } from "vitest";
import { postgres } from "./adapter.ts";
import type { PostgresOptions } from "./options.ts";

function problemsOf(options: unknown): readonly { readonly at: string }[] {
  try {
    postgres(options as PostgresOptions);
  } catch (error) {
    expect(error).toMatchObject({ code: "config.invalid" });
    return (error as { readonly problems: readonly { readonly at: string }[] }).problems;
  }
  return [];
}

describe("postgres()", () => {
  test("connects to nothing, and declares what it can", () => {
    const adapter = postgres({ connectionString: "postgres://nobody@127.0.0.1:1/none", wakeUp: { notify: true } });
    expect(adapter).toMatchObject({
      specVersion: 1,
      name: "postgres",
      capabilities: {
        multipleWorkers: true,
        strategyTable: true,
        changeSignal: true,
        snapshotReads: true,
        strandedWork: true,
        capture: true,
        sources: true,
      },
    });
    expect(postgres({ pool: new pg.Pool() }).capabilities.changeSignal).toBe(false);
  });

  test("names everything that is wrong at once", () => {
    const problems = problemsOf({
      conectionString: "postgres://x",
      schema: `a"b`,
      max: 0,
      preparedStatements: "yes",
      statementTimeoutMs: 1.5,
      wakeUp: { notify: "yes", debounceMs: -1, often: true },
      query: { connectionString: "x", pool: {}, role: 5, rowSecurity: "on", staleReads: true, replicaWaitMs: 0 },
    });
    expect(problems.map(({ at }) => at).sort()).toEqual([
      "postgres.conectionString",
      "postgres.connectionString",
      "postgres.max",
      "postgres.preparedStatements",
      "postgres.query.pool",
      "postgres.query.replicaWaitMs",
      "postgres.query.role",
      "postgres.query.rowSecurity",
      "postgres.query.staleReads",
      "postgres.schema",
      "postgres.statementTimeoutMs",
      "postgres.wakeUp.debounceMs",
      "postgres.wakeUp.notify",
      "postgres.wakeUp.often",
    ]);
  });

  test.each<[string, unknown, string]>([
    ["no connection", {}, "postgres.connectionString"],
    ["an environment variable that is not set", { connectionString: undefined }, "postgres.connectionString"],
    ["an empty one", { connectionString: "" }, "postgres.connectionString"],
    ["a URL and a pool", { connectionString: "postgres://x", pool: new pg.Pool() }, "postgres.pool"],
    ["a pool that is none", { pool: {} }, "postgres.pool"],
    ["a system schema", { connectionString: "postgres://x", schema: "pg_mine" }, "postgres.schema"],
    [
      "wake-up over a pool alone",
      { pool: new pg.Pool(), wakeUp: { notify: true } },
      "postgres.wakeUp.connectionString",
    ],
    ["nothing at all", undefined, "postgres"],
  ])("refuses %s", (_, options, at) => {
    expect(problemsOf(options).map((problem) => problem.at)).toEqual([at]);
  });

  test("never repeats a secret", () => {
    const connectionString = "postgres://user:hunter2@host/db";
    expect(() => postgres({ connectionString, pool: new pg.Pool() })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
    );
  });
});
