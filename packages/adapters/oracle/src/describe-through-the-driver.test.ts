import { createQueryComposer } from "@syncline/core";
import type { FieldType } from "@syncline/core/spi";
import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, test } from "vitest";
import { oracleDialect } from "./dialect.ts";
import { sessionOnDouble } from "./testing/double.ts";

const never = new AbortController().signal;
const composer = createQueryComposer(oracleDialect);
const keys = { code: "string", score: "decimal", at: "timestamp" } as const satisfies { [name: string]: FieldType };

/** A server with one table `t`, whose columns have these types; no policy hides rows of it. */
async function described(query: string, types: { readonly [column: string]: string }) {
  await using double = await sessionOnDouble(({ kind, sql }) => {
    if (sql.includes("all_policies")) return { columns: [{ name: "HIDDEN", type: "VARCHAR2(257)" }], rows: [] };
    if (kind !== "describe") return undefined;
    const type = types[/SELECT t\.(\w+)/.exec(sql)?.[1] ?? ""];
    return type === undefined
      ? { error: { number: 904, message: "invalid identifier" } }
      : { columns: [{ name: "x", type }] };
  });
  const probe = composer.probe?.(testStrategy({ category: { name: "c", fields: keys }, query }));
  return probe === undefined ? undefined : double.session.queryRunner.describe?.(probe, never);
}

describe("the unmodified driver describes a comparison's other side", () => {
  test("of any type, with binds elsewhere in the statement", async () => {
    const query = "SELECT t.a FROM t JOIN u ON u.s = :score WHERE t.c = :code AND t.z > :at AND t.unknown = :code";
    expect(await described(query, { c: "CHAR(10)", z: "TIMESTAMP(6) WITH LOCAL TIME ZONE" })).toEqual({
      types: [undefined, "CHAR(2000 BYTE)", "TIMESTAMP(9) WITH LOCAL TIME ZONE", undefined],
      equality: { at: "exact" },
      problems: [],
    });
  });

  test.each([
    ["BINARY_DOUBLE", 1],
    ["NUMBER(63,-127)", 1],
    ["NUMBER", 0],
    ["NUMBER(12,2)", 0],
  ])("and tells floating-point numbers from others: %s", async (type, problems) => {
    const description = await described("SELECT t.a FROM t WHERE t.s = :score", { s: type });
    expect(description?.problems).toHaveLength(problems);
  });
});
