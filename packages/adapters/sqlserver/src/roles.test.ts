import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { everyStatement } from "./testing/statement-registry.ts";
import { grantedRights, usedRights } from "./testing/used-rights.ts";

const script = readFileSync(new URL("../sql/roles.sql", import.meta.url), "utf8");
const statements = everyStatement("syncline");
/** What a migration sends, an application, whoever makes a trigger, and whoever edits. */
const ofOthers = /^(record-changes|capture-trigger|edit-definitions|create-|record-migration|\d{4}-)/;

test("a worker is granted what its statements do, and nothing else", () => {
  expect(grantedRights(script, "syncline_worker")).toEqual(
    usedRights(statements.filter(({ name }) => !ofOthers.test(name))),
  );
});

test("an application is granted to record, by the procedures and by the recorder's statement", () => {
  expect(usedRights(statements.filter(({ name }) => name === "record-changes"))).toEqual(["change: INSERT"]);
  expect(grantedRights(script, "syncline_recorder")).toEqual([
    "change: INSERT",
    "record_change: EXECUTE",
    "record_changes: EXECUTE",
  ]);
});

test("an editor is granted the strategies alone, and the login that reads them for strategies nothing", () => {
  expect(grantedRights(script, "syncline_editor")).toEqual([
    "category: DELETE, INSERT, SELECT, UPDATE",
    "strategy: DELETE, INSERT, SELECT, UPDATE",
    "strategy_history: SELECT",
  ]);
  expect(grantedRights(script, "syncline_reader")).toEqual([]);
  expect(script).toContain(
    "DENY SELECT, INSERT, UPDATE, DELETE, EXECUTE, ALTER ON SCHEMA::syncline TO syncline_reader;",
  );
});

test("a worker that is also an editor may put definitions together, as syncline apply does", () => {
  const granted = ["syncline_worker", "syncline_editor"].flatMap((role) => grantedRights(script, role));
  const has = (table: string, right: string) =>
    granted.some((each) => each.startsWith(`${table}: `) && each.includes(right));
  const used = usedRights(statements.filter(({ name }) => name === "edit-definitions")).map((each) => each.split(": "));
  expect(used.length).toBeGreaterThan(3);
  for (const [table = "", rights = ""] of used)
    expect(rights.split(", ").filter((right) => !has(table, right))).toEqual([]);
});

test("the README shows what the script grants", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const grants = script.split("\n").filter((line) => /^(GRANT|DENY) /.test(line));
  expect(grants.length).toBeGreaterThan(10);
  expect(grants.filter((line) => !readme.includes(line))).toEqual([]);
});
