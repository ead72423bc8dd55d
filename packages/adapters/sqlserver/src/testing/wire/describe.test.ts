import type { TemplateProbe } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import type { TdsCall, TdsResult } from "../tds/call.ts";
import { never, wireSession } from "./wire-session.ts";

const columns = ["parameter_ordinal", "name", "suggested_system_type_id", "suggested_system_type_name"].map(
  (name, index) => ({ name, type: index % 2 === 0 ? "int" : "nvarchar(256)" }),
);

function types(named: { readonly [parameter: string]: string | null }): { readonly results: readonly TdsResult[] } {
  return { results: [{ columns, rows: Object.entries(named).map(([name, type], n) => [n + 1, name, 0, type]) }] };
}

const codePages = (foreign: number) => ({ results: [{ columns: [{ name: "", type: "int" }], rows: [[foreign]] }] });
const undeducible = { error: { number: 11508, message: "The undeclared parameter '@p1' cannot be deduced." } };

const probe: TemplateProbe = {
  text: "SELECT o.id FROM dbo.orders AS o WHERE o.code = @p1 AND o.at = @p2 AND @p3 = o.total",
  sharedText: "SELECT o.id FROM dbo.orders AS o WHERE o.code = @p1 AND o.at = @p2 AND @p3 = o.total",
  occurrences: [
    { name: "code", type: "string" },
    { name: "at", type: "timestamp" },
    { name: "total", type: "decimal" },
  ],
};

describe("a template", () => {
  test("is described without being run: types by occurrence, how keys are equal, and what can be no key", async () => {
    const { server, session } = await wireSession({
      "describe-parameters": types({ "@p1": "char(12)", "@p2": "datetime2(7)", "@p3": "float" }),
      "foreign-code-pages": codePages(0),
    });
    const description = await session.queryRunner.describe?.(probe, never);
    expect(description).toMatchObject({
      types: ["varchar", undefined, undefined],
      equality: { code: "padded" },
      problems: [
        { at: "query", message: expect.stringContaining(":at is an instant") },
        { at: "query", message: expect.stringContaining(":total is compared as float") },
      ],
    });
    expect(server.calls[0]?.parameters.map(({ value }) => value)).toEqual([probe.text, null]);
  });

  test("is described one parameter after the other where not all can be deduced", async () => {
    const asked: unknown[] = [];
    const answer = ({ parameters }: TdsCall) => {
      const declared = parameters[1]?.value;
      asked.push(declared);
      return declared === null || !String(declared).includes("@p2")
        ? undeducible
        : types({ "@p1": "int", "@p3": null });
    };
    const { session } = await wireSession({ "describe-parameters": answer });
    const description = await session.queryRunner.describe?.(probe, never);
    expect(description).toEqual({
      types: [undefined, undefined, undefined],
      equality: { code: "bigint", at: "exact", total: "exact" },
      problems: [],
    });
    expect(asked).toEqual([
      null,
      "@p1 nvarchar(400), @p2 datetimeoffset(6), @p3 decimal(38, 9)",
      "@p2 datetimeoffset(6), @p3 decimal(38, 9)",
      "@p1 nvarchar(400), @p3 decimal(38, 9)",
      "@p1 nvarchar(400), @p2 datetimeoffset(6)",
    ]);
  });

  test("is refused where the server takes it with no types at all", async () => {
    const { session } = await wireSession({
      "describe-parameters": { error: { number: 208, message: "Invalid object name 'dbo.orders'." } },
    });
    await expect(session.queryRunner.describe?.(probe, never)).rejects.toMatchObject({
      code: "query.invalid",
      message: expect.stringContaining("Invalid object name 'dbo.orders'"),
    });
  });

  test("keeps a text as it is where columns of other code pages may be meant", async () => {
    const { session } = await wireSession({
      "describe-parameters": types({ "@p1": "varchar(20)" }),
      "foreign-code-pages": codePages(3),
    });
    expect(await session.queryRunner.describe?.(probe, never)).toMatchObject({
      types: [undefined, undefined, undefined],
      equality: { code: "padded" },
    });
  });

  test("is refused where a security policy hides rows of a table that it names, unless that is meant", async () => {
    const names = ["name", "policy"].map((name) => ({ name, type: "nvarchar(128)" }));
    const rows = [
      ["Orders", "tenants"],
      ["invoices", "tenants"],
    ];
    const answers = { "describe-parameters": types({}), "filtered-tables": { results: [{ columns: names, rows }] } };
    const { session } = await wireSession(answers);
    const description = await session.queryRunner.describe?.(probe, never);
    expect(description?.problems).toEqual([
      { at: "query", message: expect.stringContaining("The security policy tenants hides rows of Orders") },
    ]);
    const meant = await wireSession(answers, { query: { rowSecurity: "apply" } });
    expect((await meant.session.queryRunner.describe?.(probe, never))?.problems).toEqual([]);
  });

  test("is refused where it makes a text of a key that the server spells otherwise, whatever can be deduced", async () => {
    const text = "SELECT o.id FROM dbo.orders AS o WHERE o.ref = CONCAT('urn:', @p1)";
    const { session } = await wireSession({
      "describe-parameters": ({ parameters }: TdsCall) => (parameters[1]?.value === null ? undeducible : types({})),
    });
    const description = await session.queryRunner.describe?.(
      { text, sharedText: text, occurrences: [{ name: "id", type: "uuid" }] },
      never,
    );
    expect(description?.problems).toEqual([
      { at: "query", message: expect.stringMatching(/^:id is a uuid and is made a text by CONCAT/) },
    ]);
  });

  test("is asked for again where the server was away", async () => {
    const { session } = await wireSession({ "describe-parameters": "drop" });
    await expect(session.queryRunner.describe?.(probe, never)).rejects.toMatchObject({ code: "database.unavailable" });
  });
});
