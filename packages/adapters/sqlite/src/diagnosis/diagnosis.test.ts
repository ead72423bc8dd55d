import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqlite } from "../adapter.ts";
import { openStore } from "../store.ts";
import { openWithDriver } from "../testing/driver.ts";
import { liveCatalog } from "./live-catalog.ts";

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "syncline-sqlite-doctor-"));
const file = join(folder, "shop.db");
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const session = sqlite({ open: () => openWithDriver(file) }).open({ log: silent });
const application = openWithDriver(file);
afterAll(async () => {
  await session.close();
  application.close();
  rmSync(folder, { recursive: true });
});

const look = async (check: string) =>
  ((await session.diagnosis?.examine({}, never)) ?? []).filter((finding) => finding.check === check);

beforeAll(async () => {
  application.exec("PRAGMA journal_mode = WAL");
  // Run by hand, it makes what migrate() makes.
  const pending = await session.pendingMigrations?.(never);
  for (const statement of pending?.migrations.flatMap(({ statements }) => statements) ?? [])
    application.exec(statement);
  expect(await session.migrate(never)).toEqual({ applied: [] });
});

// `npx vitest run --project adapters/sqlite src/diagnosis -u` writes it anew.
it("the catalog that the doctor compares with is what the migrations make", async () => {
  const store = openStore(
    () => openWithDriver(file),
    () => {},
    0,
  );
  const parts = await store.read(liveCatalog);
  store.close();
  expect(parts.length).toBeGreaterThan(20);
  const lines = parts.map(
    ({ kind, table, name, definition }) => `  ${JSON.stringify([kind, table, name, definition])},`,
  );
  await expect(`/** What the migrations make: [kind, table, name, definition]. Written by diagnosis.test.ts, and not by hand. */
// biome-ignore format: a part a line.
export const expectedCatalog: readonly (readonly [kind: string, table: string, name: string, definition: string])[] = [
${lines.join("\n")}
];
`).toMatchFileSnapshot("./expected-catalog.ts");
});

describe("what is otherwise than migrations made it", () => {
  it.each([
    ["DROP INDEX syncline_delivery_due", "index syncline_delivery.syncline_delivery_due", /missing/, "error"],
    [
      "DROP INDEX syncline_delivery_due; CREATE INDEX syncline_delivery_due ON syncline_delivery (strategy, id)",
      "index syncline_delivery.syncline_delivery_due",
      /should be .*due_at/,
      "error",
    ],
    ["DROP TRIGGER syncline_strategy_UPDATE", "trigger syncline_strategy.syncline_strategy_UPDATE", /missing/, "error"],
    ["DROP TABLE syncline_operation", "table syncline_operation", /missing/, "error"],
    ["ALTER TABLE syncline_pause ADD COLUMN mine TEXT", "table syncline_pause", /mine TEXT/, "error"],
    ["ALTER TABLE syncline_change ADD COLUMN mine TEXT", "table syncline_change", /mine TEXT/, "error"],
    ["CREATE INDEX mine ON syncline_delivery (due_at)", "index syncline_delivery.mine", /none of/, "warn"],
    [
      "CREATE TRIGGER mine AFTER INSERT ON syncline_change BEGIN SELECT 1; END",
      "trigger syncline_change.mine",
      /none of/,
      "warn",
    ],
  ])("%s: is named, and its statements mend it", async (damage, at, message, level) => {
    application.exec("INSERT INTO syncline_change (category, condition) VALUES ('a', '{}')");
    application.exec("INSERT OR REPLACE INTO syncline_pause (strategy) VALUES ('crm')");
    const kept = () =>
      ["SELECT id, category FROM syncline_change", "SELECT strategy FROM syncline_pause"].map((text) =>
        application.prepare(text).all({}),
      );
    const before = kept();
    application.exec(damage);
    const found = await look("drift");
    expect(found).toMatchObject([{ level, at, message: expect.stringMatching(message) }]);
    for (const statement of found[0]?.remedy ?? []) application.exec(statement);
    expect(await look("drift")).toMatchObject([{ level: "ok" }]);
    expect(kept()).toEqual(before);
  });

  it("a table that is made anew goes on counting where it was", async () => {
    const insert = "INSERT INTO syncline_change (category, condition) VALUES ('a', '{}')";
    application.exec(`${insert}; DELETE FROM syncline_change`);
    const [{ seq }] = application.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'syncline_change'").all({}) as [
      { seq: number },
    ];
    application.exec("ALTER TABLE syncline_change ADD COLUMN mine TEXT");
    for (const statement of (await look("drift"))[0]?.remedy ?? []) application.exec(statement);
    application.exec(insert);
    expect(application.prepare("SELECT id FROM syncline_change").all({})).toEqual([{ id: seq + 1 }]);
  });
});

it("the journal is told, a file in order is ok, and what cannot be seen is unknown", async () => {
  expect(await look("integrity")).toMatchObject([{ level: "ok" }]);
  expect(await look("horizon")).toMatchObject([{ level: "unknown" }]);
  expect(await look("settings")).toMatchObject([{ level: "ok", message: expect.stringContaining("journal_mode wal") }]);
  const hasty = () => {
    const database = openWithDriver(file);
    database.exec("PRAGMA ignore_check_constraints = ON");
    return database;
  };
  const other = sqlite({ open: hasty }).open({ log: silent });
  const found = (await other.diagnosis?.examine({}, never))?.filter(({ check }) => check === "settings");
  expect(found).toMatchObject([
    { level: "warn", at: "ignore_check_constraints", remedy: ["PRAGMA ignore_check_constraints = 0"] },
  ]);
  await other.close();
});
