import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ownStatements } from "./sql/registry.ts";
import { grantedRights, usedRights } from "./testing/used-rights.ts";

const script = readFileSync(new URL("../sql/roles.sql", import.meta.url), "utf8");
const statements = ownStatements({ schema: undefined, prefix: "syncline_" });
/** What a migration sends, an application, and whoever edits. */
const ofOthers: ReadonlySet<string> = new Set([
  ...["record", "migration_lock_row", "migration_lock", "migration_applied"],
  ...["update_category", "insert_category", "update_strategy", "insert_strategy", "remove_category", "remove_strategy"],
]);
const textsOf = (isMeant: (name: string) => boolean) =>
  statements.filter(({ name }) => isMeant(name)).map(({ text }) => text);

test("a worker is granted what its statements do, and nothing else", () => {
  expect(grantedRights(script, "syncline_worker")).toEqual(usedRights(textsOf((name) => !ofOthers.has(name))));
});

test("an application is granted to record, by the procedure and by the recorder's statement", () => {
  const [record] = textsOf((name) => name === "record_traced");
  const [, columns] = /syncline_change \(([a-z, ]+)\)/.exec(record ?? "") ?? [];
  expect(script).toContain(`\nGRANT INSERT (${columns}) ON syncline.syncline_change TO syncline_recorder;\n`);
  expect(grantedRights(script, "syncline_recorder")).toEqual(["change: INSERT", "record_change: EXECUTE"]);
});

test("an editor is granted strategies and categories alone, and what there was of them", () => {
  expect(grantedRights(script, "syncline_editor")).toEqual([
    "category: DELETE, INSERT, SELECT, UPDATE",
    "strategy: DELETE, INSERT, SELECT, UPDATE",
    "strategy_kept: SELECT",
  ]);
});

test("whoever only looks is granted to read each table that a worker reads", () => {
  const guide = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  const read = grantedRights(script, "syncline_worker").flatMap((each) =>
    each.includes("SELECT") ? [`${each.split(":")[0]}: READ`] : [],
  );
  expect(read.length).toBeGreaterThan(8);
  expect(grantedRights(guide, "syncline_monitor")).toEqual(read);
});

test("the README shows what the script grants", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const grants = script.split("\n").filter((line) => line.startsWith("GRANT "));
  expect(grants.length).toBeGreaterThan(10);
  expect(grants.filter((line) => !readme.includes(line))).toEqual([]);
});
