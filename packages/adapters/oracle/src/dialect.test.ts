import { createQueryComposer } from "@syncline/core";
import type { Condition, FieldType, Strategy } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import { oracleDialect } from "./dialect.ts";
import { keySqlTypes } from "./key-types.ts";

const composer = createQueryComposer(oracleDialect);

function strategyOf(query: string, fields: { [name: string]: FieldType }, compose: "set" | "each" = "set"): Strategy {
  return testStrategy({ category: { name: "c", fields }, query, compose });
}

const everything = {
  id: "bigint",
  whole: "integer",
  price: "decimal",
  ok: "boolean",
  name: "string",
  code: "uuid",
  day: "date",
  moment: "timestamp",
} as const;

const values: Condition = {
  id: "9223372036854775807",
  whole: -1,
  price: "12345678901234567890.123456789",
  ok: true,
  name: `it's "q" \\ 😀 :id`,
  code: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
  day: "2024-02-29",
  moment: "2024-01-02T03:04:05.6Z",
};

const template = `SELECT t.* FROM t WHERE ${Object.keys(everything)
  .map((name) => `t.${name} = :${name}`)
  .join(" AND ")}`;

describe("a set of keys", () => {
  test("is joined laterally as one JSON text, with a position of its own and each value in its type", () => {
    const strategy = strategyOf(`SELECT o.total FROM orders o WHERE o.id = :orderId AND o.day < :day -- end`, {
      orderId: "bigint",
      day: "date",
    });
    expect(composer.check(strategy)).toEqual([]);
    const { mode, statements } = composer.compose(strategy, [
      { orderId: "1", day: "2024-02-29" },
      { orderId: "2", day: "2024-03-01" },
    ]);
    expect(mode).toBe("set");
    expect(statements).toEqual([
      {
        text: `SELECT CAST("syncline keys"."#" AS NUMBER(9)) AS "#", "syncline row".*
FROM (SELECT j.n AS "#", j.c1 AS "#orderId", TO_DATE(j.c2, 'YYYY-MM-DD') AS "#day"
        FROM JSON_TABLE(:p1, '$[*]' ERROR ON ERROR COLUMNS (
               n NUMBER PATH '$[0]', c1 NUMBER PATH '$[1]', c2 VARCHAR2(4000) PATH '$[2]')) j) "syncline keys"
OUTER APPLY (
SELECT /*+ NO_DECORRELATE NO_MERGE */ "syncline rows of a key".* FROM (
SELECT ROWNUM AS "#present", "syncline template".* FROM (
SELECT o.total FROM orders o WHERE o.id = "syncline keys"."#orderId" AND o.day < "syncline keys"."#day" -- end
) "syncline template"
) "syncline rows of a key"
) "syncline row"
ORDER BY 1, 2`,
        parameters: [`[[0,1,"2024-02-29"],[1,2,"2024-03-01"]]`],
      },
    ]);
  });

  test("loses no digit and no character of any key type", () => {
    const { statements } = composer.compose(strategyOf(template, everything), [values]);
    expect(statements[0]?.parameters).toEqual([
      `[[0,9223372036854775807,-1,12345678901234567890.123456789,1,${JSON.stringify(values.name)},"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","2024-02-29","2024-01-02T03:04:05.600000+00:00"]]`,
    ]);
  });

  test("is one text, whether it may be merged or not: the template runs once for each key", () => {
    const strategy = strategyOf(template, everything);
    const [joined, fenced] = (["joined", "fenced"] as const).map((form) =>
      composer.compose(strategy, [values], { form }),
    );
    expect(joined).toEqual(fenced);
  });

  test("has a column for each type that one field takes in the template", () => {
    const strategy = strategyOf("SELECT a FROM t WHERE c = :code OR v = :code OR r = :code AND z > :at", {
      code: "string",
      at: "timestamp",
    });
    const description = {
      types: [keySqlTypes.char, undefined, keySqlTypes.raw, keySqlTypes.localTime],
      equality: {},
      problems: [],
    };
    const [statement] = composer.compose(strategy, [{ code: "ab", at: "2024-01-02T03:04:05Z" }], {
      description,
    }).statements;
    expect(statement?.text).toContain(
      [
        `SELECT j.n AS "#"`,
        `CAST(j.c1 AS CHAR(2000 BYTE)) AS "#code"`,
        `j.c2 AS "#code 2"`,
        `HEXTORAW(j.c3) AS "#code 3"`,
        `CAST(TO_TIMESTAMP_TZ(j.c4, 'YYYY-MM-DD"T"HH24:MI:SS.FF6TZH:TZM') AS TIMESTAMP(9) WITH LOCAL TIME ZONE) AS "#at"`,
      ].join(", "),
    );
    expect(statement?.text).toContain(`c = "syncline keys"."#code" OR v = "syncline keys"."#code 2"`);
    expect(statement?.parameters).toEqual([`[[0,"ab","ab","ab","2024-01-02T03:04:05.000000+00:00"]]`]);
  });

  test.each([
    "WITH x AS (SELECT 1 FROM SYS.dual) SELECT :id FROM x",
    "-- first\n /* and */ with x AS (SELECT 1 FROM SYS.dual) SELECT :id FROM x",
  ])("is refused to a template that begins with WITH, which goes one by one: %j", (query) => {
    expect(composer.check(strategyOf(query, { id: "integer" }))).toEqual([
      { at: "query", message: expect.stringContaining('compose: "each"') },
    ]);
    expect(composer.check(strategyOf(query, { id: "integer" }, "each"))).toEqual([]);
  });

  test.each(["set", "each"] as const)(
    "is refused where no form helps, without a word of another form (%s)",
    (compose) => {
      const query = "SELECT a FROM t WHERE id = :id FOR UPDATE";
      expect(composer.check(strategyOf(query, { id: "integer" }, compose))).toEqual([
        { at: "query", message: "A read locks nothing: leave FOR UPDATE out." },
      ]);
    },
  );

  test("takes a column whose name begins like WITH", () => {
    expect(composer.check(strategyOf("SELECT within FROM t WHERE id = :id", { id: "integer" }))).toEqual([]);
  });
});

describe("one key", () => {
  test("answers as a set does, also if the template yields nothing", () => {
    const strategy = strategyOf(
      "WITH x AS (SELECT 1 AS a FROM SYS.dual) SELECT a FROM x WHERE a = :id -- end",
      { id: "integer" },
      "each",
    );
    expect(composer.compose(strategy, [{ id: 1 }]).statements).toEqual([
      {
        text: `SELECT CAST(0 AS NUMBER(9)) AS "#", "syncline row".*
FROM SYS.dual LEFT JOIN (
SELECT ROWNUM AS "#present", "syncline template".* FROM (
WITH x AS (SELECT 1 AS a FROM SYS.dual) SELECT a FROM x WHERE a = JSON_VALUE(:p1, '$[0]' RETURNING NUMBER ERROR ON ERROR) -- end
) "syncline template"
) "syncline row" ON 1 = 1
ORDER BY 2`,
        parameters: ["[1]"],
      },
    ]);
  });

  test("is cast to what its comparison asks for", () => {
    expect(oracleDialect.parameter(2, "string", keySqlTypes.char)).toBe(
      "CAST(CAST(:p2 AS VARCHAR2(4000)) AS CHAR(2000 BYTE))",
    );
    expect(oracleDialect.parameter(1, "uuid", keySqlTypes.uuid)).toBe(
      "HEXTORAW(REPLACE(CAST(:p1 AS VARCHAR2(4000)), '-'))",
    );
    expect(oracleDialect.parameter(1, "string", keySqlTypes.maybeEmpty)).toBe("CAST(:p1 AS VARCHAR2(4000))");
  });

  test("binds each value by name, and no session setting has a say in its conversion", () => {
    const { statements } = composer.compose(strategyOf(template, everything, "each"), [values]);
    expect(statements).toMatchObject([
      {
        text: expect.stringContaining(
          [
            "SELECT t.* FROM t WHERE t.id = JSON_VALUE(:p1, '$[0]' RETURNING NUMBER ERROR ON ERROR)",
            "t.whole = JSON_VALUE(:p2, '$[0]' RETURNING NUMBER ERROR ON ERROR)",
            "t.price = JSON_VALUE(:p3, '$[0]' RETURNING NUMBER ERROR ON ERROR)",
            "t.ok = JSON_VALUE(:p4, '$[0]' RETURNING NUMBER ERROR ON ERROR)",
            "t.name = CAST(:p5 AS VARCHAR2(4000))",
            "t.code = CAST(:p6 AS VARCHAR2(4000))",
            "t.day = TO_DATE(:p7, 'YYYY-MM-DD')",
            `t.moment = TO_TIMESTAMP_TZ(:p8, 'YYYY-MM-DD"T"HH24:MI:SS.FF6TZH:TZM')`,
          ].join(" AND "),
        ),
        parameters: [
          "[9223372036854775807]",
          "[-1]",
          "[12345678901234567890.123456789]",
          "[1]",
          values.name,
          values.code,
          "2024-02-29",
          "2024-01-02T03:04:05.600000+00:00",
        ],
      },
    ]);
  });
});

describe("a decimal that NUMBER would round", () => {
  const byPrice = strategyOf("SELECT t.id FROM t WHERE t.price = :price", { price: "decimal" });

  test.each([`1${"2".repeat(38)}`, `0.${"3".repeat(39)}`, `1.${"0".repeat(37)}1`])("%s is refused", (price) => {
    expect(() => composer.compose(byPrice, [{ price }])).toThrow(expect.objectContaining({ code: "query.data" }));
  });

  test.each(["9".repeat(38), `-0.${"9".repeat(38)}`, `1${"0".repeat(60)}`])("%s is not", (price) => {
    expect(composer.compose(byPrice, [{ price }]).statements[0]?.parameters).toEqual([`[[0,${price}]]`]);
  });
});

describe("a key value that is none is refused, and nothing is bound in its place:", () => {
  const byCode = (compose: "set" | "each") =>
    strategyOf("SELECT t.id FROM t WHERE t.code = :code", { code: "string" }, compose);

  test.each(["set", "each"] as const)("a missing one (%s)", (compose) => {
    expect(() => composer.compose(byCode(compose), [{}])).toThrow(expect.objectContaining({ code: "query.data" }));
  });

  test.each(["set", "each"] as const)("an empty one, which is NULL to Oracle (%s)", (compose) => {
    expect(() => composer.compose(byCode(compose), [{ code: "" }])).toThrow(
      expect.objectContaining({ code: "query.data", message: expect.stringContaining("NULL in Oracle") }),
    );
  });

  test("and an empty one is taken where the template asks for NULL", () => {
    const description = { types: [keySqlTypes.maybeEmpty], equality: {}, problems: [] };
    const { statements } = composer.compose(byCode("set"), [{ code: "" }], { description });
    expect(statements[0]?.parameters).toEqual([`[[0,""]]`]);
  });
});

describe("what stands in strings, quoted names and comments is no parameter", () => {
  test.each([
    `SELECT ':x', q'[it's :x]', Nq'{:x}', ":x" FROM t WHERE id = :id`,
    "SELECT 1 /* :x */ FROM t -- :x\n WHERE id = :id",
  ])("%s", (query) => {
    expect(composer.check(strategyOf(query, { id: "integer" }))).toEqual([]);
  });

  test("a parameter by number is refused", () => {
    expect(composer.check(strategyOf("SELECT id FROM t WHERE id = :id AND x = :1", { id: "integer" }))).toHaveLength(1);
  });
});
