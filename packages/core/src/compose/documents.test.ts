import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import type { ComposedQuery } from "../contracts/query-composer.ts";
import type { QueryResult } from "../contracts/query-runner.ts";
import { isSynclineError } from "../model/errors.ts";
import { documentsOf, versionOf } from "./documents.ts";

const set: ComposedQuery = { mode: "set", statements: [] };
const each: ComposedQuery = { mode: "each", statements: [] };

const strategyWith = (versionColumn?: string) => testStrategy({ name: "crm", versionColumn });

/** Rows of the template's, each with the position of its key. */
function fromSet(columns: readonly string[], rows: QueryResult["rows"], count = 1) {
  const present = rows.map(([position = null, ...values]) => [position, true, ...values]);
  return answered(present, count, set, columns);
}

/** Rows as the database answers them: position, present, columns. */
function answered(rows: QueryResult["rows"], count: number, composed = set, columns: readonly string[] = ["v"]) {
  return documentsOf(strategyWith(), composed, [{ columns: ["#", "present", ...columns], rows }], count);
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
  test("belong to their keys by position, in the rows' order; a key that answers with none has none", () => {
    const rows = [
      [2, true, "c1"],
      [0, 1, "a1"],
      [1, null, null],
      [2, "t", "c2"],
      [0, 0, "a2"],
    ];
    expect(answered(rows, 3)).toEqual([[{ v: "a1" }, { v: "a2" }], [], [{ v: "c1" }, { v: "c2" }]]);
  });

  test("of a row of NULLs are a row, since the second column says so", () => {
    expect(answered([[0, true, null]], 1)).toEqual([[{ v: null }]]);
  });

  test("of statements per key come from the statement's own result", () => {
    const columns = ["#", "present", "v"];
    const results = [
      { columns, rows: [[0, true, "a"]] },
      { columns, rows: [[0, null, null]] },
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
      documentsOf(strategy, set, [{ columns: ["#", "present", ...columns], rows: [[0, true, 1, 2]] }], 1);
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
  ])("are refused for %s, even where no key has a row", (_, columns, message) => {
    const thrown = failure(() => answered([[0, null, ...columns.map(() => null)]], 1, set, columns));
    expect(thrown).toContain(`query.invalid Strategy "crm": ${message}`);
  });

  test("name every fault at once", () => {
    const thrown = failure(() => fromSet(["a", "a", "b.", "__proto__"], []));
    expect(thrown.split("; ")).toHaveLength(3);
  });

  test.each([[2], [-1], ["0"], [0.5], [null]])("are refused when a row belongs to no key: %j", (ordinal) => {
    expect(failure(() => fromSet(["a"], [[ordinal, 1]], 2))).toContain("query.invalid");
  });

  test("are refused when a statement of one key says that its rows are another's", () => {
    const results = [{ columns: ["#", "present", "v"], rows: [[1, true, "a"]] }];
    expect(failure(() => documentsOf(strategyWith(), each, results, 1))).toContain("query.invalid");
  });
});

describe("a key without an answer is not a key without rows:", () => {
  test.each([
    ["no rows at all", [], 3, "3 of 3 keys were not answered"],
    [
      "half of the keys",
      [
        [0, true, "a"],
        [2, null, null],
      ],
      4,
      "2 of 4 keys were not answered",
    ],
    [
      "all but one key, with as many rows as keys",
      [
        [0, true, "a"],
        [0, true, "b"],
      ],
      2,
      "1 of 2 keys",
    ],
  ] as const)("%s", (_, rows, count, message) => {
    expect(failure(() => answered(rows, count))).toContain(`query.unattested Strategy "crm": ${message}`);
  });

  test("a statement of one key that yields nothing", () => {
    const columns = ["#", "present", "v"];
    const results = [
      { columns, rows: [[0, null, null]] },
      { columns, rows: [] },
    ];
    expect(failure(() => documentsOf(strategyWith(), each, results, 2))).toContain("1 of 1 keys were not answered");
  });

  test.each([
    ["one by one", each, [], 1],
    ["as a set", set, [], 5],
    ["as a set, answered twice", set, [result(), result()], 1],
  ])("not as many results as statements, %s", (_, composed, results, count) => {
    expect(failure(() => documentsOf(strategyWith(), composed, results, count))).toContain("query.unattested");
  });

  test("the message says that nothing is told as deleted, and where to read on", () => {
    expect(failure(() => answered([], 1))).toContain("Nothing is told as deleted; see docs/errors.md.");
  });
});

describe("an answer that contradicts itself is refused:", () => {
  test.each([
    [
      "none beside a row",
      [
        [0, true, "a"],
        [0, null, null],
      ],
    ],
    [
      "a row beside none",
      [
        [0, null, null],
        [0, true, "a"],
      ],
    ],
    [
      "none twice",
      [
        [0, null, null],
        [0, null, null],
      ],
    ],
  ])("%s", (_, rows) => {
    expect(failure(() => answered(rows, 1))).toContain(
      `query.invalid Strategy "crm": key 0 has a row that says it has none, beside another row`,
    );
  });
});

function result(): QueryResult {
  return { columns: ["#", "present", "v"], rows: [[0, true, "a"]] };
}

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
