import { describe, expect, test } from "vitest";
import type { SqlDialect } from "../contracts/sql-dialect.ts";
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
  parameter: (position, type) => `<${position} ${type}>`,
  bind: (value, type) => `${type} ${value}`,
  keyColumn: (field) => `k.${field.name}`,
  joinLateral: (template, fields) => `JOIN ${fields.map(({ name }) => name)} (${template})`,
  bindKeys: (fields, conditions) => fields.map(({ name }) => conditions.map((condition) => condition[name])),
  refuseLateral: (template) => (template.includes("WITH") ? "WITH cannot be joined." : undefined),
};

const strategy = {
  name: "crm",
  category: { name: "order", fields: { orderId: "bigint", region: "string" } },
  query: "SELECT * FROM o WHERE r = :region AND id = :orderId AND n = ':orderId' AND x = :region; -- :end",
  compose: "set",
} as Partial<Strategy> as Strategy;

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
          text: "JOIN region,orderId (SELECT * FROM o WHERE r = k.region AND id = k.orderId AND n = ':orderId' AND x = k.region)",
          parameters: [
            ["eu", "us"],
            ["1", "2"],
          ],
        },
      ],
    });
  });

  test("each is one statement per condition, with one parameter per field however often it is used", () => {
    const text = "SELECT * FROM o WHERE r = <1 string> AND id = <2 bigint> AND n = ':orderId' AND x = <1 string>";
    expect(createQueryComposer(dialect).compose({ ...strategy, compose: "each" }, conditions)).toEqual({
      mode: "each",
      statements: [
        { text, parameters: ["string eu", "bigint 1"] },
        { text, parameters: ["string us", "bigint 2"] },
      ],
    });
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
