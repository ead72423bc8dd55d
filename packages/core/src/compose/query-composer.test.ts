import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import type { ComposeForm } from "../contracts/query-composer.ts";
import type { KeyField, SqlDialect } from "../contracts/sql-dialect.ts";
import type { Strategy } from "../model/strategy.ts";
import { createQueryComposer } from "./query-composer.ts";

const dialect: SqlDialect = {
  name: "test",
  lexical: {
    identifierQuotes: [[`"`, `"`]],
    dollarQuotes: false,
    alternativeQuotes: false,
    nestedComments: false,
    doubleColonCast: true,
    nativeParameter: "$1",
  },
  quoteIdentifier: (name) => `"${name}"`,
  parameter: (position, type, sqlType) => `<${position} ${sqlType ?? type}>`,
  bind: (value, type, sqlType) => `${sqlType ?? type} ${value}`,
  keyColumn: (field) => `k.${field.column}`,
  joinLateral: (template, fields, form) => `${form} ${fields.map(spelled)} (${template})`,
  attest: (template) => `ONE (${template})`,
  bindKeys: (fields, conditions) => fields.map(({ name }) => conditions.map((condition) => condition[name])),
  refuseLateral: (template) => (template.includes("WITH") ? "WITH cannot be joined." : undefined),
};

function spelled({ column, type, sqlType }: KeyField): string {
  return `${column} ${sqlType ?? type}`;
}

const strategy = testStrategy({
  name: "crm",
  category: { name: "order", fields: { orderId: "bigint", region: "string" } },
  query: "SELECT * FROM o WHERE r = :region AND id = :orderId AND n = ':orderId' AND x = :region; -- :end",
});

function check(change: Partial<Strategy>) {
  return createQueryComposer(dialect).check({ ...strategy, ...change });
}

describe("compose", () => {
  const conditions = [
    { orderId: "1", region: "eu" },
    { orderId: "2", region: "us" },
  ];

  test("a set is one statement, with the fields in the order of their first use", () => {
    expect(createQueryComposer(dialect).compose(strategy, conditions)).toEqual({
      mode: "set",
      statements: [
        {
          text: "joined region string,orderId bigint (SELECT * FROM o WHERE r = k.region AND id = k.orderId AND n = ':orderId' AND x = k.region)",
          parameters: [
            ["eu", "us"],
            ["1", "2"],
          ],
        },
      ],
    });
  });

  test("each is one statement per condition, with one parameter per field however often it is used", () => {
    const text = "ONE (SELECT * FROM o WHERE r = <1 string> AND id = <2 bigint> AND n = ':orderId' AND x = <1 string>)";
    expect(createQueryComposer(dialect).compose({ ...strategy, compose: "each" }, conditions)).toEqual({
      mode: "each",
      statements: [
        { text, parameters: ["string eu", "bigint 1"] },
        { text, parameters: ["string us", "bigint 2"] },
      ],
    });
  });

  test("each form is composed as it is pinned, and as it is asked for: that comes first", () => {
    const composer = createQueryComposer(dialect);
    const textOf = (compose: Strategy["compose"], form?: ComposeForm) => {
      const { mode, statements } = composer.compose({ ...strategy, compose }, conditions, form && { form });
      return [mode, statements.length, statements[0]?.text.split(" ")[0]];
    };
    expect(textOf("set")).toEqual(["set", 1, "joined"]);
    expect(textOf("joined")).toEqual(["set", 1, "joined"]);
    expect(textOf("fenced")).toEqual(["set", 1, "fenced"]);
    expect(textOf("each")).toEqual(["each", 2, "ONE"]);
    expect(textOf("set", "fenced")).toEqual(["set", 1, "fenced"]);
    expect(textOf("each", "joined")).toEqual(["set", 1, "joined"]);
    expect(textOf("fenced", "each")).toEqual(["each", 2, "ONE"]);
  });

  describe("with the types that the database infers, gives a field", () => {
    const types = (...inferred: readonly (string | undefined)[]) => ({
      description: { types: inferred, equality: {}, problems: [] },
    });
    const composer = createQueryComposer(dialect);

    test("one column for each type that it has, and one for each occurrence of the same", () => {
      const [statement] = composer.compose(strategy, conditions, types("char(2)", "int4", "char(2)")).statements;
      expect(statement?.text).toBe(
        "joined region char(2),orderId int4 (SELECT * FROM o WHERE r = k.region AND id = k.orderId AND n = ':orderId' AND x = k.region)",
      );
      const [twice] = composer.compose(strategy, conditions, types("char(2)", "int4", "citext")).statements;
      expect(twice?.text).toBe(
        "joined region char(2),orderId int4,region 2 citext (SELECT * FROM o WHERE r = k.region AND id = k.orderId AND n = ':orderId' AND x = k.region 2)",
      );
      expect(twice?.parameters).toEqual([
        ["eu", "us"],
        ["1", "2"],
        ["eu", "us"],
      ]);
    });

    test("its own type where nothing is inferred, be it beside one that is", () => {
      const [statement] = composer.compose(strategy, conditions, types(undefined, undefined, "citext")).statements;
      expect(statement?.text).toMatch(/^joined region string,orderId bigint,region 2 citext /);
    });

    test("one parameter for each type, bound by it, one by one", () => {
      const shape = { form: "each", ...types("char(2)", "int4", "citext") } as const;
      expect(composer.compose(strategy, conditions, shape).statements[1]).toEqual({
        text: "ONE (SELECT * FROM o WHERE r = <1 char(2)> AND id = <2 int4> AND n = ':orderId' AND x = <3 citext>)",
        parameters: ["char(2) us", "int4 2", "citext us"],
      });
    });

    test("a text of its own for each description", () => {
      const textWith = (type: string) => composer.compose(strategy, conditions, types(type)).statements[0]?.text;
      expect(textWith("char(2)")).not.toBe(textWith("citext"));
      expect(composer.compose(strategy, conditions).statements[0]?.text).toMatch(
        /^joined region string,orderId bigint /,
      );
    });
  });

  describe("one by one, where the dialect can have the key as columns,", () => {
    const attestOne: SqlDialect["attestOne"] = (template, fields) => `KEY ${fields.map(spelled)} (${template})`;
    const composer = createQueryComposer({ ...dialect, attestOne });
    const one = (keys?: "columns" | "parameters") =>
      composer.compose(strategy, conditions.slice(0, 1), { form: "each", ...(keys && { keys }) }).statements;

    test("has it as columns, with the same parameters", () => {
      const text =
        "KEY region string,orderId bigint (SELECT * FROM o WHERE r = k.region AND id = k.orderId AND n = ':orderId' AND x = k.region)";
      expect(one()).toEqual([{ text, parameters: ["string eu", "bigint 1"] }]);
      expect(one("columns")).toEqual(one());
    });

    test("has it as parameters if it is told to", () => {
      expect(one("parameters")[0]?.text).toMatch(/^ONE \(SELECT \* FROM o WHERE r = <1 string> /);
    });
  });

  test("a key without a field of the template's is refused: nothing may stand in for it", () => {
    const composing = () => createQueryComposer(dialect).compose({ ...strategy, compose: "each" }, [{ orderId: "1" }]);
    expect(composing).toThrow(
      expect.objectContaining({ code: "query.data", message: `The key has no field "region".` }),
    );
  });

  test("a template for the database to describe has a native parameter for each occurrence", () => {
    const composer = createQueryComposer({ ...dialect, nativeParameter: (position) => `$${position}` });
    expect(composer.probe?.(strategy)).toMatchObject({
      text: "SELECT * FROM o WHERE r = $1 AND id = $2 AND n = ':orderId' AND x = $3",
      sharedText: "SELECT * FROM o WHERE r = $1 AND id = $2 AND n = ':orderId' AND x = $1",
      occurrences: [
        { name: "region", type: "string" },
        { name: "orderId", type: "bigint" },
        { name: "region", type: "string" },
      ],
    });
    expect(createQueryComposer(dialect).probe).toBeUndefined();
  });

  test("a strategy's text is composed once, whatever the number of keys and of calls", () => {
    let joins = 0;
    const composer = createQueryComposer({
      ...dialect,
      joinLateral: (template) => {
        joins += 1;
        return template;
      },
    });
    composer.compose(strategy, conditions);
    composer.compose(strategy, conditions.slice(1));
    expect(joins).toBe(1);
  });
});

describe("check", () => {
  test("finds nothing wrong with a template of known fields", () => {
    expect(check({})).toEqual([]);
  });

  test("names unknown fields and where they stand, and lists the known ones; what every object has is no field", () => {
    expect(check({ query: "SELECT 1\n WHERE :order = :orderId\n AND :toString = 1" })).toEqual([
      { at: "query:2:8", message: `:order is no field of category "order", which has :orderId, :region.` },
      { at: "query:3:6", message: `:toString is no field of category "order", which has :orderId, :region.` },
    ]);
  });

  test("refuses a template that uses no key field", () => {
    expect(check({ query: "SELECT ':orderId'" })).toEqual([
      {
        at: "query",
        message:
          "The query uses no key field, so it would read the same rows for every key. Use one of :orderId, :region.",
      },
    ]);
  });

  test("lists the scanner's problems and its own at once", () => {
    expect(check({ query: "DELETE FROM o WHERE id = :id AND n = $1" }).map(({ at }) => at)).toEqual([
      "query:1:1",
      "query:1:38",
      "query:1:26",
    ]);
  });

  test("says when a template cannot be joined laterally, unless it is composed for each key", () => {
    const query = "WITH a AS (SELECT :orderId) SELECT * FROM a";
    expect(check({ query })).toEqual([{ at: "query", message: `WITH cannot be joined. Declare compose: "each".` }]);
    expect(check({ query, compose: "each" })).toEqual([]);
  });
});

describe("a place in a composed statement", () => {
  const query = "SELECT id,\n  x FROM o\nWHERE r = :region AND naem = 1 AND id = :orderId";
  const composer = createQueryComposer(dialect);
  const placeOf = (text: string, statement: { readonly text: string; locate?(offset: number): unknown } | undefined) =>
    statement?.locate?.(statement.text.indexOf(text));

  test.each([undefined, "joined", "fenced", "each"] as const)("of form %s is told as the template's", (form) => {
    const [statement] = composer.compose(
      { ...strategy, query },
      [{ orderId: "1", region: "eu" }],
      form && { form },
    ).statements;
    expect(placeOf("id,", statement)).toEqual({ line: 1, column: 8 });
    expect(placeOf("x FROM", statement)).toEqual({ line: 2, column: 3 });
    expect(placeOf("naem", statement)).toEqual({ line: 3, column: 23 });
    // In what was written for `:region`.
    const parameter = form === "each" ? "1 string>" : "k.region";
    expect(placeOf(parameter, statement)).toEqual({ line: 3, column: 11 });
  });

  test("that is the composer's own is none of the template's", () => {
    const [statement] = composer.compose({ ...strategy, query }, [{ orderId: "1", region: "eu" }]).statements;
    expect(statement?.locate?.(0)).toBeUndefined();
    expect(statement?.locate?.(statement.text.length - 1)).toBeUndefined();
    expect(statement?.locate?.(-1)).toBeUndefined();
  });

  test("is not told where the template stands in it twice", () => {
    const twice: SqlDialect = { ...dialect, joinLateral: (template) => `(${template}) UNION (${template})` };
    const [statement] = createQueryComposer(twice).compose({ ...strategy, query }, [{ orderId: "1" }]).statements;
    expect(placeOf("naem", statement)).toBeUndefined();
  });

  test("is told of a probe as well", () => {
    const probe = createQueryComposer({ ...dialect, nativeParameter: (n) => `$${n}` }).probe?.({ ...strategy, query });
    expect(placeOf("naem", probe)).toEqual({ line: 3, column: 23 });
  });
});
