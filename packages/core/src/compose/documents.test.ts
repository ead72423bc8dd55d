import { describe, expect, test } from "vitest";
import type { ComposedQuery } from "../contracts/query-composer.ts";
import type { QueryResult } from "../contracts/query-runner.ts";
import { isSynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import { documentsOf, versionOf } from "./documents.ts";

const set: ComposedQuery = { mode: "set", statements: [] };
const each: ComposedQuery = { mode: "each", statements: [] };

function strategyWith(versionColumn?: string): Strategy {
  return { name: "crm", versionColumn } as Partial<Strategy> as Strategy;
}

function fromSet(columns: readonly string[], rows: QueryResult["rows"], count = 1) {
  return documentsOf(strategyWith(), set, [{ columns: ["#", ...columns], rows }], count);
}

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isSynclineError(error) ? `${error.code} ${error.message}` : String(error);
  }
  return "nothing was thrown";
}

describe("documents", () => {
  test("belong to their keys by position, in the rows' order, and a key without rows has none", () => {
    const rows = [
      [2, "c1"],
      [0, "a1"],
      [2, "c2"],
      [0, "a2"],
    ];
    expect(fromSet(["v"], rows, 3)).toEqual([[{ v: "a1" }, { v: "a2" }], [], [{ v: "c1" }, { v: "c2" }]]);
  });

  test("of statements per key come from the statement's own result", () => {
    const results = [
      { columns: ["v"], rows: [["a"]] },
      { columns: ["v"], rows: [] },
    ];
    expect(documentsOf(strategyWith(), each, results, 2)).toEqual([[{ v: "a" }], []]);
  });

  test("nest by the dots of their names, whatever the columns' order", () => {
    const columns = ["id", "customer.email", "total", "customer.address.city", "customer.id"];
    expect(fromSet(columns, [[0, 1, "a@b", null, "Rome", 7]])).toEqual([
      [{ id: 1, customer: { email: "a@b", address: { city: "Rome" }, id: 7 }, total: null }],
    ]);
  });

  test("may have names that every object has, as members of their own", () => {
    const [[document] = []] = fromSet(["constructor", "toString.valueOf", "hasOwnProperty"], [[0, 1, 2, 3]]);
    expect(JSON.stringify(document)).toBe('{"constructor":1,"toString":{"valueOf":2},"hasOwnProperty":3}');
  });

  test("follow the columns when these change between reads", () => {
    const strategy = strategyWith();
    const read = (columns: string[]) =>
      documentsOf(strategy, set, [{ columns: ["#", ...columns], rows: [[0, 1, 2]] }], 1);
    expect(read(["a", "b"])).toEqual([[{ a: 1, b: 2 }]]);
    expect(read(["b", "a"])).toEqual([[{ b: 1, a: 2 }]]);
  });

  test.each([
    ["a name twice", ["a", "b", "a"], `it has more than one column named "a"`],
    ["a nested name twice", ["a.b", "a.b"], `it has more than one column named "a.b"`],
    ["a value that would be an object too", ["a", "a.b"], `its column "a.b" would have to be both`],
    ["an object that would be a value too", ["a.b", "a"], `its column "a" would have to be both`],
    ["a prototype", ["__proto__"], `its column "__proto__" must have another name`],
    ["a nested prototype", ["a.__proto__.b"], `its column "a.__proto__.b" must have another name`],
    ["an empty part", ["a..b"], `its column "a..b" has an empty name`],
    ["no columns", [], "its query yields no columns"],
  ])("are refused for %s, even without rows", (_, columns, message) => {
    const thrown = failure(() => fromSet(columns, []));
    expect(thrown).toContain(`query.invalid Strategy "crm": ${message}`);
  });

  test("name every fault at once", () => {
    const thrown = failure(() => fromSet(["a", "a", "b.", "__proto__"], []));
    expect(thrown.split("; ")).toHaveLength(3);
  });

  test.each([[2], [-1], ["0"], [0.5], [null]])("are refused when a row belongs to no key: %j", (ordinal) => {
    expect(failure(() => fromSet(["a"], [[ordinal, 1]], 2))).toContain("query.invalid");
  });

  test("are refused when there are not as many results as statements", () => {
    expect(failure(() => documentsOf(strategyWith(), each, [], 1))).toContain("query.invalid");
  });
});

describe("the version", () => {
  test("is the column's value as text, nested ones by their dots", () => {
    expect(versionOf(strategyWith("version"), { version: 7 })).toBe("7");
    expect(versionOf(strategyWith("meta.at"), { meta: { at: "2024-01-01T00:00:00Z" } })).toBe("2024-01-01T00:00:00Z");
  });

  test("is nothing where the strategy names no column", () => {
    expect(versionOf(strategyWith(), { version: 7 })).toBeUndefined();
  });

  test("is refused where it is missing, null or no scalar", () => {
    expect(failure(() => versionOf(strategyWith("toString"), {}))).toContain(
      `query.invalid Strategy "crm": its versionColumn "toString" is no column of the query`,
    );
    expect(failure(() => versionOf(strategyWith("v"), { v: null }))).toContain("query.data");
    expect(failure(() => versionOf(strategyWith("v"), { v: [1] }))).toContain("query.invalid");
  });
});
