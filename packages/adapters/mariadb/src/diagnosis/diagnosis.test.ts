import { describe, expect, test } from "vitest";
import { mariadb } from "../adapter.ts";
import { testServer } from "../testing/server.ts";
import { connect, never, silent, uniqueName } from "../testing/session.ts";
import { liveCatalog } from "./live-catalog.ts";

const server = await testServer();

describe.skipIf(server === undefined)("what is otherwise than migrations made it", async () => {
  if (server === undefined) return;
  const schema = uniqueName("doctor");
  const admin = await connect(server);
  const session = mariadb({ config: { ...server }, schema }).open({ log: silent });
  const pending = await session.pendingMigrations?.(never);
  // Run by hand, it makes what migrate() makes.
  for (const text of pending?.migrations.flatMap(({ statements }) => statements) ?? []) await admin.query(text);
  const look = async (check: string) =>
    ((await session.diagnosis?.examine({}, never)) ?? []).filter((finding) => finding.check === check);
  const s = `\`${schema}\``;

  // `npx vitest run --project adapters/mariadb src/diagnosis -u` writes it anew.
  test("the catalog that the doctor compares with is what the migrations make", async () => {
    expect(await session.migrate(never)).toEqual({ applied: [] });
    const parts = await liveCatalog(admin, schema);
    expect(parts.length).toBeGreaterThan(60);
    const lines = parts.map(
      ({ kind, table, name, definition }) =>
        `  ${JSON.stringify([kind, table, name, definition.replaceAll(s, "{quoted}")])},`,
    );
    await expect(`/** What the migrations make: [kind, table, name, definition]. Written by diagnosis.test.ts, and not by hand. */
// biome-ignore format: a part a line.
export const expectedCatalog: readonly (readonly [kind: string, table: string, name: string, definition: string])[] = [
${lines.join("\n")}
];
`).toMatchFileSnapshot("./expected-catalog.ts");
  });

  test.each([
    [`ALTER TABLE ${s}.delivery DROP INDEX delivery_due`, "index delivery.delivery_due", "error"],
    [
      `ALTER TABLE ${s}.delivery DROP INDEX delivery_key, ADD INDEX delivery_key (strategy)`,
      "index delivery.delivery_key",
      "error",
    ],
    [
      `ALTER TABLE ${s}.delivery MODIFY COLUMN attempts TINYINT UNSIGNED NOT NULL DEFAULT 0`,
      "column delivery.attempts",
      "error",
    ],
    [`ALTER TABLE ${s}.delivery DROP COLUMN died_at`, "column delivery.died_at", "error"],
    [`DROP TRIGGER ${s}.strategy_update`, "trigger strategy.strategy_update", "error"],
    [
      `DROP PROCEDURE ${s}.forget_operations; CREATE PROCEDURE ${s}.forget_operations() DO 1`,
      "procedure forget_operations",
      "error",
    ],
    [`DROP TABLE ${s}.pause`, "table pause", "error"],
    [`DROP TABLE ${s}.strategy_history`, "table strategy_history", "error"],
    [`ALTER TABLE ${s}.pause ENGINE = Aria`, "table pause", "error"],
    [`ALTER TABLE ${s}.delivery ADD INDEX mine (due_at)`, "index delivery.mine", "warn"],
    [`CREATE TRIGGER ${s}.mine AFTER INSERT ON ${s}.pause FOR EACH ROW DO 1`, "trigger pause.mine", "warn"],
  ])("%s: is named, and its statements mend it", async (damage, at, level) => {
    for (const text of damage.split("; ")) await admin.query(text);
    const found = await look("drift");
    expect(found.map((each) => [each.level, each.at])).toEqual([[level, at]]);
    for (const statement of found[0]?.remedy ?? []) await admin.query(statement);
    expect(await look("drift")).toMatchObject([{ level: "ok" }]);
  });

  test("what a login does not see is unknown, and never missing or well", async () => {
    const user = uniqueName("d").slice(0, 30);
    await admin.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'planted-secret'`);
    await admin.query(`GRANT SELECT ON ${s}.* TO '${user}'@'%'`);
    const other = mariadb({ config: { ...server, user, password: "planted-secret" }, schema }).open({ log: silent });
    const findings = (await other.diagnosis?.examine({}, never)) ?? [];
    expect(findings.filter(({ check }) => check === "drift").map(({ level, at }) => `${level} ${at}`)).toEqual([
      "ok Syncline's tables",
      "unknown triggers",
      "unknown procedures",
    ]);
    expect(findings.find(({ check }) => check === "horizon")).toMatchObject({ level: "unknown" });
    await other.close();
    await session.close();
  });
});
