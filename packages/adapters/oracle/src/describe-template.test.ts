import type { FieldType } from "@syncline/core/spi";
import oracledb from "oracledb";
import { describe, expect, test } from "vitest";
import type { OracleColumn } from "./driver.ts";
import { createQueryRunner } from "./query-runner.ts";
import { boundValue, oracleError, scriptedSource } from "./testing/scripted-source.ts";

const never = new AbortController().signal;
const types: { readonly [name: string]: OracleColumn } = {
  char: { name: "x", dbType: oracledb.DB_TYPE_CHAR },
  varchar: { name: "x", dbType: oracledb.DB_TYPE_VARCHAR },
  number: { name: "x", dbType: oracledb.DB_TYPE_NUMBER, precision: 9, scale: 0 },
  double: { name: "x", dbType: oracledb.DB_TYPE_BINARY_DOUBLE, dbTypeName: "BINARY_DOUBLE" },
  stamp: { name: "x", dbType: oracledb.DB_TYPE_TIMESTAMP },
};

/** A server whose columns have the names of their types, in a table `t`. */
function runnerOn(refuse: (text: string) => Error | undefined = () => undefined) {
  const source = scriptedSource(({ call, text }) => {
    if (text.includes("NLS_CHARACTERSET")) return { rows: [["WE8MSWIN1252"]] };
    if (call !== "describe") return undefined;
    const column = types[/SELECT (?:t\.|UPPER\(t\.)?(\w+)\)? AS "x" FROM t/.exec(text)?.[1] ?? ""];
    return (
      refuse(text) ?? (column === undefined ? oracleError("ORA-00904: invalid identifier") : { metaData: [column] })
    );
  });
  const ask = (text: string, ...fields: readonly (readonly [name: string, type: FieldType])[]) =>
    createQueryRunner(source, { mayBeStandby: false, rowSecurity: "apply" }).describe?.(
      { text, sharedText: text, occurrences: fields.map(([name, type]) => ({ name, type })) },
      never,
    );
  return { source, ask };
}

test("a template's own characters must be the database's, too", async () => {
  const { ask } = runnerOn();
  expect((await ask("SELECT a FROM t WHERE t.varchar = 'größe €'"))?.problems).toEqual([]);
  expect((await ask("SELECT a FROM t WHERE t.varchar = 'Ω'"))?.problems).toEqual([
    {
      at: "query",
      message: "The query has the character U+03A9, which the database's character set WE8MSWIN1252 lacks.",
    },
  ]);
});

describe("a template's parameters", () => {
  test("have the types of what they are compared with, each where it stands", async () => {
    const { source, ask } = runnerOn();
    const text = "SELECT a FROM t WHERE t.char = :p1 AND t.varchar > :p2 AND t.number = :p3 AND f(:p4) = 1";
    expect(await ask(text, ["code", "string"], ["name", "string"], ["id", "bigint"], ["id", "bigint"])).toEqual({
      types: ["CHAR(2000 BYTE)", undefined, undefined, undefined],
      equality: { code: "padded", name: "exact" },
      problems: [],
    });
    expect(source.story()).toEqual([
      "execute SET TRANSACTION",
      "describe SELECT t.char",
      "describe SELECT t.varchar",
      "describe SELECT t.number",
      "rollback",
      "close",
    ]);
  });

  test("are equal as a column's values are, only if all that they meet compares them so", async () => {
    const { ask } = runnerOn();
    const text = "SELECT a FROM t WHERE t.char = :p1 OR t.varchar = :p2";
    expect(await ask(text, ["code", "string"], ["code", "string"])).toMatchObject({
      types: ["CHAR(2000 BYTE)", undefined],
      equality: {},
    });
  });

  test("are asked about in the SELECTs around, until the server takes one", async () => {
    const { source, ask } = runnerOn();
    const text = "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE char = :p1)";
    expect(await ask(text, ["code", "string"])).toMatchObject({ types: [undefined] });
    expect(source.calls.filter(({ call }) => call === "describe").map((call) => call.text)).toEqual([
      `SELECT char AS "x" FROM u`,
      `SELECT (SELECT char AS "x" FROM u) AS "x" FROM t`,
    ]);
  });

  test("beside others, which have their fields' types in the question", async () => {
    const { source, ask } = runnerOn();
    await ask("SELECT a FROM t JOIN u ON u.d = :p1 WHERE t.char = :p2", ["day", "date"], ["code", "string"]);
    expect(source.calls.find(({ text }) => text.includes("t.char"))?.text).toBe(
      `SELECT t.char AS "x" FROM t JOIN u ON u.d = TO_DATE(:p1, 'YYYY-MM-DD')`,
    );
  });

  test("that can be no key are refused, in words", async () => {
    const { ask } = runnerOn();
    const description = await ask(
      "SELECT a FROM t WHERE t.double = :p1 AND t.stamp = :p2",
      ["score", "decimal"],
      ["at", "timestamp"],
    );
    expect(description?.problems).toEqual([
      { at: "query", message: expect.stringMatching(/^:score .* BINARY_DOUBLE, .*key\.$/) },
      { at: "query", message: expect.stringContaining("CAST(:at AT TIME ZONE 'UTC' AS TIMESTAMP)") },
    ]);
  });

  test("that are made texts are refused, whatever they are compared with", async () => {
    const { ask } = runnerOn();
    const description = await ask("SELECT a FROM t WHERE RAWTOHEX(t.raw) = REPLACE(:p1, '-')", ["id", "uuid"]);
    expect(description?.problems).toEqual([
      { at: "query", message: expect.stringMatching(/^:id is a uuid and is made a text by REPLACE/) },
    ]);
  });

  test("in an expression are refused beside a CHAR, whose blanks they lack, and beside nothing else", async () => {
    const { ask } = runnerOn();
    for (const condition of ["UPPER(t.char) = UPPER(:p1)", "t.char LIKE :p1", "t.char = :p1 || 'x'"])
      expect((await ask(`SELECT a FROM t WHERE ${condition}`, ["code", "string"]))?.problems, condition).toEqual([
        { at: "query", message: expect.stringMatching(/^:code is part of .* RTRIM\(the column\)\.$/) },
      ]);
    for (const condition of ["UPPER(t.varchar) = UPPER(:p1)", "t.number = NVL(:p1, 0)"])
      expect((await ask(`SELECT a FROM t WHERE ${condition}`, ["code", "string"]))?.problems, condition).toEqual([]);
  });

  test("may be empty where the template asks for that", async () => {
    const { ask } = runnerOn();
    const text = "SELECT a FROM t WHERE t.varchar = :p1 OR t.varchar IS NULL AND :p2 IS NULL";
    expect(await ask(text, ["code", "string"], ["code", "string"])).toMatchObject({
      types: ["VARCHAR2(4000)", "VARCHAR2(4000)"],
      equality: { code: "exact" },
    });
  });

  test("are asked about again when the database could not answer", async () => {
    const { ask } = runnerOn(() => oracleError("ORA-03113: end-of-file on communication channel"));
    await expect(ask("SELECT a FROM t WHERE t.char = :p1", ["code", "string"])).rejects.toMatchObject({
      code: "database.unavailable",
    });
  });
});

describe("whether the server takes a statement", () => {
  const statement = (text: string) => ({ text, parameters: [] });

  test("is asked by parsing it, and the same text is no other form", async () => {
    const { source } = runnerOn();
    const runner = createQueryRunner(source, { mayBeStandby: false, rowSecurity: "apply" });
    const good = `SELECT char AS "x" FROM t`;
    expect(await runner.estimate?.([good, good, "SELECT nothing FROM t"].map(statement), never)).toEqual([
      0,
      undefined,
      undefined,
    ]);
    expect(source.story().filter((each) => each.startsWith("execute"))).toEqual(["execute SET TRANSACTION"]);
  });

  test("is unknown when the database could not answer", async () => {
    const { source } = runnerOn(() => oracleError("ORA-03113: end-of-file on communication channel"));
    await expect(
      createQueryRunner(source, { mayBeStandby: false, rowSecurity: "apply" }).estimate?.(
        [statement("SELECT 1 FROM t")],
        never,
      ),
    ).rejects.toMatchObject({
      code: "database.unavailable",
    });
  });
});

describe("a template whose tables have a policy that may hide rows", () => {
  const read = async (rowSecurity: "refuse" | "apply", hidden: string | undefined) => {
    const source = scriptedSource(({ call, text }) => {
      if (call === "describe") return { metaData: [] };
      return text.includes("all_policies") ? { rows: hidden === undefined ? [] : [[hidden]] } : undefined;
    });
    const runner = createQueryRunner(source, { mayBeStandby: false, rowSecurity });
    const text = `SELECT o.a FROM shop.orders o JOIN "Lines" l ON l.id = o.id WHERE o.id = :p1`;
    const description = await runner.describe?.(
      { text, sharedText: text, occurrences: [{ name: "id", type: "bigint" }] },
      never,
    );
    return { problems: description?.problems, asked: source.calls.find((each) => each.text.includes("all_policies")) };
  };

  test("is refused, with what to do", async () => {
    const { problems, asked } = await read("refuse", "SHOP.ORDERS");
    expect(problems).toEqual([{ at: "query", message: expect.stringMatching(/SHOP\.ORDERS.*EXEMPT ACCESS POLICY/) }]);
    const names = JSON.parse(String(boundValue(asked?.binds.names))) as readonly string[];
    expect(names).toEqual(expect.arrayContaining(["SHOP", "ORDERS", "Lines"]));
  });

  test("is taken where there is none, or where hiding is meant", async () => {
    expect((await read("refuse", undefined)).problems).toEqual([]);
    expect(await read("apply", "SHOP.ORDERS")).toEqual({ problems: [], asked: undefined });
  });
});
