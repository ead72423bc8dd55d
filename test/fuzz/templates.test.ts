import { createQueryComposer } from "@syncline/core";
import { mariadbDialect } from "@syncline/mariadb";
import { oracleDialect } from "@syncline/oracle";
import { postgresDialect } from "@syncline/postgres";
import { sqlServerDialect } from "@syncline/sqlserver";
import { testStrategy } from "@syncline/testkit/makers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const pieces = fc.constantFrom(
  ..."SELECT,WITH,VALUES,FROM,o,WHERE,id,=,:orderId,:orderId,:region,::text,: ,:,;,(,),[,],',\",`,$,$$,$a$,q'[,]',--,/*,*/,\n,\\,N',E',@p,?,$1,:1,\u0000,é,😀,DELETE,GO,/,#".split(
    ",",
  ),
);
const soup = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(" "));
const template = fc.oneof(
  soup,
  soup.map((text) => `SELECT ${text} = :orderId`),
  fc.string({ unit: "binary", maxLength: 80 }),
);
const marker = "planted value 4711";

describe.each([
  ["postgres", postgresDialect],
  ["sqlserver", sqlServerDialect],
  ["oracle", oracleDialect],
  ["mariadb", mariadbDialect],
])("any text as a template, in %s", (_, dialect) => {
  const composer = createQueryComposer(dialect);
  const category = { name: "order", fields: { orderId: "bigint", region: "string" } } as const;
  // Set afterwards, since not every text is a query that a pipeline would resolve.
  const strategyOf = (query: string, compose: "set" | "each") => ({ ...testStrategy({ category, compose }), query });

  it("is refused with sentences, or composed with its text unchanged and no value in it", () => {
    fc.assert(
      fc.property(template, fc.constantFrom("set" as const, "each" as const), (query, compose) => {
        const strategy = strategyOf(query, compose);
        const problems = composer.check(strategy);
        for (const { message } of problems) expect(message).toMatch(/\S.*\.$/s);
        if (problems.length > 0) return;
        const keys = [
          { orderId: "1", region: marker },
          { orderId: "2", region: `'; DROP TABLE orders; -- ${marker}` },
        ];
        const { statements } = composer.compose(strategy, keys);
        expect(statements.length).toBeGreaterThan(0);
        for (const { text } of statements) expect(text).not.toContain(marker);
        // What stands around the parameters is there, piece by piece and in order.
        const trimmed =
          query
            .split(/:(?:orderId|region)\b/)[0]
            ?.split(/[;'"`$:[\\]|--|\/\*/)[0]
            ?.trim() ?? "";
        for (const { text } of statements) expect(text).toContain(trimmed);
      }),
      { numRuns: 1_500 },
    );
  });
});
