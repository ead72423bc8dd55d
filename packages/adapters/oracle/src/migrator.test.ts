import { describe, expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import { migrations } from "./migrations/index.ts";
import { createMigrator } from "./migrator.ts";
import { oracleError, type Script, type ScriptedCall, scriptedSource } from "./testing/scripted-source.ts";

const never = new AbortController().signal;
const place = { schema: undefined, prefix: "syncline_" };

/** Versions, as a server would keep them. What is said of locks is only when they are asked for. */
function database({
  version = 0,
  characters = "AL32UTF8",
  fails = (_: ScriptedCall): Error | undefined => undefined,
} = {}) {
  let made = version > 0;
  const script: Script = (call) => {
    const failure = fails(call);
    if (failure !== undefined) return failure;
    if (call.text.includes("NLS_CHARACTERSET")) return { rows: [[characters]] };
    if (call.text.startsWith("CREATE TABLE syncline_migration")) made = true;
    if (call.text.includes("MAX(m.version)"))
      return made ? { rows: [[String(version)]] } : oracleError("ORA-00942: table or view does not exist");
    if (call.text.startsWith("INSERT INTO syncline_migration")) version += 1;
    return undefined;
  };
  const source = scriptedSource(script);
  const migrator = createMigrator(createConnections(source, { statementTimeoutMs: 1_000 }), place);
  return { source, migrator };
}

describe("migrate()", () => {
  test("applies each migration once, under a lock that another connection holds meanwhile", async () => {
    const { source, migrator } = database();
    expect((await migrator.migrate(never)).applied).toEqual(migrations.map(({ name }) => name));
    expect((await migrator.migrate(never)).applied).toEqual([]);
    const holders = new Set(
      source.calls.filter(({ text }) => text.endsWith("FOR UPDATE")).map(({ connection }) => connection),
    );
    const makers = new Set(
      source.calls.filter(({ text }) => text.startsWith("CREATE")).map(({ connection }) => connection),
    );
    expect(holders.size).toBe(migrations.length);
    for (const maker of makers) expect(holders.has(maker)).toBe(false);
    expect(await migrator.checkSchema(never)).toBeUndefined();
  });

  test("goes on where an earlier one broke off: what is there is there", async () => {
    const there = [
      "ORA-00955: name is already used by an existing object",
      "ORA-01408: such column list already indexed",
    ];
    const { migrator } = database({
      fails: ({ text }) => {
        if (text.startsWith("CREATE TABLE syncline_change")) return oracleError(there[0] ?? "");
        if (text.startsWith("CREATE INDEX syncline_delivery_due")) return oracleError(there[1] ?? "");
        return undefined;
      },
    });
    expect((await migrator.migrate(never)).applied).toHaveLength(migrations.length);
  });

  test("names the migration that failed, and lets go of the lock", async () => {
    const { source, migrator } = database({
      fails: ({ text }) =>
        text.startsWith("CREATE TABLE syncline_delivery")
          ? oracleError("ORA-01031: insufficient privileges")
          : undefined,
    });
    await expect(migrator.migrate(never)).rejects.toMatchObject({
      code: "database.failed",
      message: expect.stringMatching(/0001-tables.*ORA-01031/),
    });
    expect(source.story().slice(-3)).toEqual(["rollback", "close", "close"]);
  });

  test("finds that another worker has applied what it was about to", async () => {
    let asked = 0;
    const { migrator } = database({ version: migrations.length });
    const source = scriptedSource(({ text }) => {
      if (!text.includes("MAX(m.version)")) return undefined;
      asked += 1;
      return { rows: [[asked === 1 ? "1" : String(migrations.length)]] };
    });
    const late = createMigrator(createConnections(source, { statementTimeoutMs: 1_000 }), place);
    expect((await late.migrate(never)).applied).toEqual([]);
    expect(source.story().some((each) => each.startsWith("execute CREATE"))).toBe(false);
    expect(await migrator.checkSchema(never)).toBeUndefined();
  });

  test("takes a trigger that does not compile for a failure", async () => {
    const source = scriptedSource(({ text }) => {
      if (text.includes("NLS_CHARACTERSET")) return { rows: [["UTF8"]] };
      if (text.includes("MAX(m.version)")) return { rows: [["0"]] };
      return text.startsWith("CREATE OR REPLACE TRIGGER") ? { warning: new Error("NJS-700") } : undefined;
    });
    const migrator = createMigrator(createConnections(source, { statementTimeoutMs: 1_000 }), place);
    await expect(migrator.migrate(never)).rejects.toMatchObject({ message: expect.stringContaining("strategy_bump") });
  });

  test("takes a database with a character set of one byte", async () => {
    const { source, migrator } = database({ characters: "WE8MSWIN1252" });
    await migrator.migrate(never);
    expect(source.story().some((each) => each.startsWith("execute CREATE"))).toBe(true);
  });

  test("refuses a database of whose character set nobody knows what it keeps, before it makes anything", async () => {
    const { source, migrator } = database({ characters: "JA16SJISYEN" });
    await expect(migrator.migrate(never)).rejects.toMatchObject({ message: expect.stringContaining("JA16SJISYEN") });
    expect(source.story().some((each) => each.startsWith("execute CREATE"))).toBe(false);
  });
});

describe("checkSchema()", () => {
  test.each([
    [0, /no Syncline tables yet: run migrate\(\)/],
    [1, /version 1, .* run migrate\(\)/],
    [99, /version 99, .* update @syncline\/oracle/],
  ])("says what to do at version %i", async (version, said) => {
    expect(await database({ version }).migrator.checkSchema(never)).toMatch(said);
  });
});
