import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { createConnections } from "../connections.ts";
import { ownStatement } from "../sql/statement.ts";
import { never, openPool, openSession } from "../testing/session.ts";
import { liveCatalog } from "./live-catalog.ts";

const url = await testDatabase();
const schema = "drawn_catalog";

// `npx vitest run --project adapters/postgres src/diagnosis/expected-catalog.test.ts -u` writes it anew.
it("the catalog that the doctor compares with is what the migrations make", async () => {
  await openSession({ connectionString: url, schema }).migrate(never);
  const settings = { preparedStatements: true, statementTimeoutMs: 30_000, isReadOnly: true };
  const connections = createConnections(openPool(url), settings);
  const rows = await connections.run(ownStatement("drawn", liveCatalog), [schema], never);
  const parts = rows.slice(1).map(([kind, table, name, definition, state]) => {
    expect(state, `${kind} ${table} ${name}`).toBe("");
    const named = [name, definition].map((text) =>
      (text ?? "").replaceAll(`"${schema}"`, "{quoted}").replaceAll(schema, "{schema}"),
    );
    return `  ${JSON.stringify([kind, table, ...named])},`;
  });
  expect(parts.length).toBeGreaterThan(100);
  const text = `/** What the migrations make: [kind, table, name, definition]. Written by expected-catalog.test.ts, and not by hand. */
// biome-ignore format: a part a line.
export const expectedCatalog: readonly (readonly [kind: string, table: string, name: string, definition: string])[] = [
${parts.join("\n")}
];
`;
  await expect(text).toMatchFileSnapshot("./expected-catalog.ts");
});
