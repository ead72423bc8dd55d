import { describe, expect, test } from "vitest";
import { oracle } from "./adapter.ts";
import type { OracleOptions } from "./options.ts";

const login = { user: "shop", password: "secret", connectString: "127.0.0.1:1/none" };
const pool = { getConnection: async () => Promise.reject(new Error("not in this test")), poolMax: 4 };

function problemsOf(options: unknown): readonly { readonly at: string; readonly message: string }[] {
  try {
    oracle(options as OracleOptions);
  } catch (error) {
    expect(error).toMatchObject({ code: "config.invalid" });
    return (error as { readonly problems: readonly { readonly at: string; readonly message: string }[] }).problems;
  }
  return [];
}

describe("oracle()", () => {
  test("connects to nothing, and declares what it can", () => {
    for (const options of [login, { pool }]) {
      expect(oracle(options)).toMatchObject({
        specVersion: 1,
        name: "oracle",
        capabilities: {
          multipleWorkers: true,
          strategyTable: true,
          changeSignal: false,
          snapshotReads: true,
          strandedWork: true,
        },
      });
    }
  });

  test("names everything that is wrong at once", () => {
    const problems = problemsOf({
      users: "shop",
      user: "",
      password: undefined,
      schema: "shop; DROP TABLE x",
      prefix: "syncline",
      max: 1,
      statementTimeoutMs: 1.5,
      rowSecurity: "off",
      query: { pool: {}, connectString: "x", role: "reader" },
    });
    expect(problems.map(({ at }) => at).sort()).toEqual([
      "oracle.connectString",
      "oracle.max",
      "oracle.password",
      "oracle.prefix",
      "oracle.query.connectString",
      "oracle.query.pool",
      "oracle.query.role",
      "oracle.rowSecurity",
      "oracle.schema",
      "oracle.statementTimeoutMs",
      "oracle.user",
      "oracle.users",
    ]);
  });

  test.each([[undefined], [null], ["oracle://x"], [42]])("refuses %j for options", (options) => {
    expect(problemsOf(options)).toHaveLength(1);
  });

  test.each(["db:1521/shop:pooled", "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=shop)(Server = POOLED)))"])(
    "refuses %s, where the server pools sessions",
    (connectString) => {
      expect(problemsOf({ ...login, connectString }).map(({ at }) => at)).toEqual(["oracle.connectString"]);
      expect(problemsOf({ ...login, query: { ...login, connectString } }).map(({ at }) => at)).toEqual([
        "oracle.query.connectString",
      ]);
    },
  );

  test("refuses a connect string that can be made no text", () => {
    const connectString: unknown = Object.create(null);
    expect(problemsOf({ ...login, connectString }).map(({ at }) => at)).toEqual(["oracle.connectString"]);
  });

  test("says no password", () => {
    const problems = problemsOf({ ...login, pool, prefix: "p" });
    expect(problems.length).toBeGreaterThan(2);
    expect(JSON.stringify(problems)).not.toContain(login.password);
  });

  test("refuses a pool that a migration would wait for in vain", () => {
    expect(problemsOf({ pool: { ...pool, poolMax: 1 } })).toEqual([
      { at: "oracle.pool", message: expect.stringContaining("2 or more") },
    ]);
    expect(problemsOf({ pool, query: { pool: { ...pool, poolMax: 1 } } })).toEqual([]);
  });

  test.each(["syncline_", "S_", "acme_sync_", "abcdefghijklm_"])("takes the prefix %s", (prefix) => {
    expect(problemsOf({ ...login, prefix })).toEqual([]);
  });

  test.each(["", "_", "1_", "a-b_", `a"_`, "abcdefghijklmn_", "syncline", 5])("refuses the prefix %j", (prefix) => {
    expect(problemsOf({ ...login, prefix }).map(({ at }) => at)).toEqual(["oracle.prefix"]);
  });
});
