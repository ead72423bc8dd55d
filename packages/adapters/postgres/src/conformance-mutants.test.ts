import type { SqlDialect } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { type DatabaseFixture, databaseConformance } from "@syncline/testkit";
import { describe, expect, it } from "vitest";
import type { PgTransaction } from "./recorder.ts";
import { postgresFixture } from "./testing/conformance-fixture.ts";
import { openPool } from "./testing/session.ts";

// The testkit breaks databases in memory, which speak no SQL: this is what it cannot break.
const caughtBy = "joins, aggregates and sub-selects work for many keys at once";
const mutants: readonly (readonly [name: string, broken: (sound: SqlDialect) => Partial<SqlDialect>])[] = [
  [
    "gives the keys an alias that a template may have",
    ({ keyColumn, joinLateral }) => ({
      keyColumn: (field) => renamed(keyColumn(field)),
      joinLateral: (...given) => renamed(joinLateral(...given)),
    }),
  ],
  [
    "joins the template to the keys, but not laterally",
    ({ joinLateral }) => ({ joinLateral: (...given) => joinLateral(...given).replace(" LATERAL", "") }),
  ],
];

const url = await testDatabase();
const pool = openPool(url);

function renamed(sql: string): string {
  return sql.replaceAll('"syncline keys"', "j");
}

/** What the suite would run under that name. */
function checkOn(createFixture: () => Promise<DatabaseFixture<PgTransaction>>): (() => Promise<void>) | undefined {
  const checks = new Map<string, () => Promise<void>>();
  const keep = Object.assign((name: string, body: () => Promise<void>) => checks.set(name, body), { skip: () => {} });
  const runner = { describe: (_: string, body: () => void) => body(), it: keep };
  databaseConformance(createFixture, runner, { capabilities: ["sql"], print: () => {} });
  return checks.get(caughtBy);
}

describe(`mutants of the database conformance: caught by “${caughtBy}” is a dialect that`, () => {
  it.each(mutants)("%s", async (_, broken) => {
    const work = checkOn(async () => {
      const { adapter, ...fixture } = await postgresFixture(url, pool);
      return { ...fixture, adapter: { ...adapter, dialect: { ...adapter.dialect, ...broken(adapter.dialect) } } };
    });
    await expect(work?.()).rejects.toMatchObject({ code: "query.invalid" });
  });
});
