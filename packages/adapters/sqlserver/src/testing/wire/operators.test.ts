import { expect, test } from "vitest";
import { everyStatement } from "../statement-registry.ts";
import type { TdsResult } from "../tds/call.ts";
import { nameOf, namesOf, never, wireSession } from "./wire-session.ts";

const huge = "9007199254740993";

function result(types: readonly string[], ...rows: TdsResult["rows"]) {
  return { results: [{ columns: types.map((type) => ({ name: "", type })), rows }] };
}

const count = result(["int"], [3]);

const answers = {
  "backlog-status": result(
    ["bigint", "bigint", "bigint", "varchar(64)", ...Array<string>(7).fill("bigint"), "int"],
    [huge, "5", "1", "crm", "1", "2", "3", "4", "5", "6", "7", 1],
  ),
  "dead-letters": result(
    [
      ...["bigint", "varchar(64)", "nvarchar(400)", "varchar(10)", "varchar(10)", "int", "int"],
      ...["varchar(20)", "nvarchar(200)", "nvarchar(2000)", "bigint"],
    ],
    [huge, "crm", "{}", "dead", "delete", 2, 1, "rejected", "400", "größe 🚲", "1700000000000"],
  ),
  "find-change": result(["nvarchar(4000)", "varchar(64)", "bigint", "int"], ['{"id": 1}', null, "5", null]),
  "find-refused": result(
    ["nvarchar(4000)", "varchar(64)", "bigint", "nvarchar(2000)"],
    ['{"id":"x"}', "crm", "7", "No number."],
  ),
  "find-deliveries": result(
    [
      ...["bigint", "varchar(64)", "varchar(10)", "int", "bigint", "varchar(10)", "int", "bigint"],
      ...["varchar(20)", "nvarchar(200)", "nvarchar(2000)"],
    ],
    [huge, "crm", "dead", 0, "-3", "delete", 2, "9", "rejected", "400", null],
  ),
  "dead-causes": result(
    ["varchar(64)", "varchar(20)", "nvarchar(200)", "nvarchar(2000)", "bigint", "bigint", "bigint", "bigint"],
    ["crm", "rejected", "http.422", null, "12", "2", "1700000000000", "1700000000009"],
  ),
  "list-operations": result(
    [
      ...["bigint", "bigint", "nvarchar(200)", "varchar(64)", "varchar(64)", "nvarchar(1000)", "nvarchar(2000)"],
      "bigint",
    ],
    [huge, "1700000000000", "ann ☂", "requeue", null, "it's mended", '{"ids":["7"]}', "3"],
  ),
  "load-categories": result(
    ["bigint", "nvarchar(128)", "nvarchar(max)", "bigint"],
    [huge, "order", '{"fields":{"größe":"string"}}', null],
    [huge, "vast", "{}", "3000000"],
  ),
  "list-definitions": result(
    ["bigint", "varchar(8)", "nvarchar(128)", "nvarchar(max)", "bit"],
    [huge, "category", "order", '{"fields":{}}', true],
    [huge, "strategy", "crm", '{"path":"/ö"}', false],
  ),
  "edit-definitions": result(["bigint"], [huge]),
  "strategy-history": result(
    ["varchar(64)", "int", "bigint", "nvarchar(200)", "varchar(10)", "nvarchar(max)", "bit"],
    ["crm", 2, "1700000000000", "ann", "changed", '{"path":"/ö"}', true],
  ),
  "requeue-dead-letters": count,
  "discard-dead-letters": count,
  "readmit-refused": count,
  attend: result(["nvarchar(4000)"], ['["a","b"]'], ['["b"]']),
  "list-stranded": result(
    ["varchar(64)", "int", "int", "int", "int", "bigint", "nvarchar(400)"],
    ["gone", 4, 1, 2, 3, "1700000000000", '{"id":"ö"}'],
  ),
  "move-stranded": count,
  "discard-stranded": count,
  "backfill-changes": count,
  "load-strategies": result(["bigint", "varchar(64)", "nvarchar(max)"], [huge, "crm", '{"path":"/ö"}']),
};

const soughtKey = { category: "order", key: '{"id":"1"}', strategies: ["crm"], most: 20_000 };
const foundKey = {
  changes: [{ condition: '{"id": 1}', strategy: null, ageMs: 5, reason: null }],
  refused: [{ condition: '{"id":"x"}', strategy: "crm", ageMs: 7, reason: "No number." }],
  deliveries: [
    {
      ...{ id: huge, strategy: "crm", state: "dead", leased: false, dueInMs: -3, operation: "delete", attempts: 2 },
      ...{ ageMs: 9, failure: { kind: "rejected", code: "400", message: "" } },
    },
  ],
};

test("every statement for operators is one call, with the types that it says, and exact numbers in its answer", async () => {
  const { server, session } = await wireSession(answers);
  const { backlog, strandedWork, strategyStore } = session;
  expect(await backlog.status(never)).toMatchObject({
    oldestChangeAgeMs: 5,
    refused: 1,
    strategies: [
      { strategy: "crm", due: 1, blocked: 2, waiting: 3, leased: 4, dead: 5, held: 6, oldestAgeMs: 7, paused: true },
    ],
  });
  expect((await backlog.deadLetters({ after: huge, strategy: "crm" }, never)).items).toMatchObject([
    { id: huge, operation: "delete", failure: { message: "größe 🚲" }, diedAt: 1_700_000_000_000 },
  ]);
  expect(await backlog.find?.(soughtKey, never)).toEqual(foundKey);
  expect(await backlog.requeue({ ids: [huge, "1"] }, never)).toBe(3);
  expect(await backlog.discard({ ids: [huge] }, never)).toBe(3);
  expect(await backlog.readmit(["order"], never)).toBe(3);
  await backlog.pause("crm", never);
  await backlog.resume("crm", never);
  expect(await strandedWork?.attend(crypto.randomUUID(), ["crm"], 35_000, never)).toEqual(["a", "b"]);
  const gone = { strategy: "gone", pending: 4, leased: 1, dead: 2, held: 3, oldestAgeMs: 1.7e12, key: '{"id":"ö"}' };
  expect(await strandedWork?.list(["crm"], never)).toEqual([gone]);
  const portion = { strategy: "gone", withHeld: true, most: 10 };
  expect(await strandedWork?.move(portion, { strategy: "crm", category: "order" }, never)).toBe(3);
  expect(await strandedWork?.discard(portion, never)).toBe(3);
  const change = { category: "order", condition: {}, key: "{}", operation: "upsert" } as const;
  expect(await backlog.backfill({ strategy: "crm", changes: [change] }, never)).toBe(3);
  expect(await strategyStore?.load(never)).toMatchObject({
    revision: huge,
    strategies: [{ definition: { name: "crm", path: "/ö" } }],
  });
  expect(namesOf(server)).toEqual([
    ...["backlog-status", "dead-letters", "find-change", "find-refused", "find-deliveries"],
    ...["requeue-dead-letters", "discard-dead-letters", "readmit-refused"],
    ...["pause-strategy", "resume-strategy", "attend", "list-stranded", "move-stranded", "discard-stranded"],
    ...["backfill-changes", "load-strategies"],
  ]);
  const statements = everyStatement("syncline");
  for (const call of server.calls) {
    const { parameters } = statements.find(({ text }) => text === call.sql) ?? { parameters: undefined };
    expect(call.parameters.map(({ name, type }) => ({ name, type }))).toEqual(parameters);
  }
});

test("what is kept of an action goes with it, in the same call", async () => {
  const { server, session } = await wireSession(answers);
  const { backlog, strandedWork } = session;
  const record = { action: "requeue", actor: "zoë", reason: null, strategy: "crm", selection: "{}" } as const;
  await backlog.requeue({ ids: ["1"] }, never, record);
  await backlog.discard({ ids: ["1"] }, never, record);
  await backlog.pause("crm", never, record);
  await backlog.resume("crm", never, record);
  const change = { category: "order", condition: {}, key: "{}", operation: "upsert" } as const;
  await backlog.backfill({ strategy: "crm", changes: [change] }, never, record);
  const portion = { strategy: "gone", withHeld: true, most: 10 };
  await strandedWork?.move(portion, { strategy: "crm", category: "order" }, never, record);
  await strandedWork?.discard(portion, never, record);
  expect(await session.definitions?.edit([removed], huge, never, record)).toBe(true);
  expect(namesOf(server)).toHaveLength(8);
  for (const { parameters } of server.calls) {
    const { value } = parameters.find(({ name }) => name === "record") ?? {};
    expect(JSON.parse(String(value))).toEqual({ a: "requeue", w: "zoë", y: null, s: "crm", f: "{}" });
  }
  expect((await session.audit?.list({}, never))?.items).toEqual([
    {
      ...{ id: huge, at: 1_700_000_000_000, actor: "ann ☂", action: "requeue", strategy: null },
      ...{ reason: "it's mended", selection: '{"ids":["7"]}', count: 3 },
    },
  ]);
});

const removed = { kind: "category", name: "Part", remove: true } as const;

test("definitions are edited in one call, if nobody has edited since", async () => {
  const { server, session } = await wireSession(answers);
  const put = { kind: "strategy", name: "crm", definition: '{"a":1}', enabled: false } as const;
  expect(await session.definitions?.edit([put, removed], huge, never)).toBe(true);
  expect(await session.definitions?.edit([put], "7", never)).toBe(false);
  expect(namesOf(server)).toEqual(["edit-definitions", "edit-definitions"]);
  const [edits, revision, record] = server.calls[0]?.parameters.map(({ value }) => value) ?? [];
  expect([revision, record]).toEqual([huge, null]);
  expect(JSON.parse(String(edits))).toEqual([
    { k: "strategy", n: "crm", d: '{"a":1}', e: 0 },
    { k: "category", n: "Part", d: null, e: 0 },
  ]);
});

test("categories, definitions and versions are read with their revision", async () => {
  const { session } = await wireSession(answers);
  expect(await session.definitions?.categories(never)).toMatchObject({
    revision: huge,
    categories: [
      { definition: { name: "order", fields: { größe: "string" } } },
      { definition: { name: "vast" }, problem: expect.stringContaining("3000000") },
    ],
  });
  expect((await session.definitions?.list(never))?.rows).toEqual([
    { kind: "category", name: "order", definition: '{"fields":{}}', enabled: true },
    { kind: "strategy", name: "crm", definition: '{"path":"/ö"}', enabled: false },
  ]);
  expect(await session.strategyHistory?.list("crm", {}, never)).toMatchObject([
    { strategy: "crm", version: 2, author: "ann", change: "changed", enabled: true },
  ]);
});

test("dead letters are chosen and counted by what they died of", async () => {
  const { server, session } = await wireSession(answers);
  const filter = { key: "{", kind: "rejected", code: "http.422", state: "held", olderThanMs: 60_000.7 } as const;
  expect(await session.backlog.causes?.(filter, never)).toEqual([
    {
      ...{ strategy: "crm", kind: "rejected", code: "http.422", message: "", count: 12, held: 2 },
      ...{ oldestDiedAt: 1_700_000_000_000, newestDiedAt: 1_700_000_000_009 },
    },
  ]);
  await session.backlog.deadLetters(filter, never);
  for (const { parameters } of server.calls)
    expect(Object.fromEntries(parameters.map(({ name, value }) => [name, value]))).toMatchObject({
      ...{ strategy: null, key: "{", kind: "rejected", code: "http.422", state: "held", older_than_ms: "60000" },
    });
});

test("where the database allows no snapshots, the status is counted under the dispatcher's lock", async () => {
  const error = { number: 3952, message: "Snapshot isolation is not allowed in this database." };
  const { server, session } = await wireSession({
    "backlog-status": { error },
    "backlog-status-under-lock": answers["backlog-status"],
  });
  expect(await session.backlog.status(never)).toMatchObject({ refused: 1, strategies: [{ strategy: "crm" }] });
  expect(namesOf(server)).toEqual(["backlog-status", "backlog-status-under-lock"]);
});

test("where the database allows no snapshots, a key is looked for all the same", async () => {
  const error = { number: 3952, message: "Snapshot isolation is not allowed in this database." };
  const names = ["find-change", "find-refused", "find-deliveries"] as const;
  const { server, session } = await wireSession(
    Object.fromEntries(
      names.flatMap((name) => [
        [name, { error }],
        [`${name}-without-snapshot`, answers[name]],
      ]),
    ),
  );
  expect(await session.backlog.find?.(soughtKey, never)).toEqual(foundKey);
  expect(namesOf(server)).toEqual(names.flatMap((name) => [name, `${name}-without-snapshot`]));
});

test("ids of dead letters keep their digits on the way to the server", async () => {
  const { server, session } = await wireSession(answers);
  await session.backlog.requeue({ ids: [huge] }, never);
  expect(server.calls[0]?.parameters).toMatchObject([
    { name: "ids", value: `["${huge}"]` },
    { name: "record", value: null },
  ]);
});

test("each migration is a transaction of its own, under a lock, and tells its version", async () => {
  const { server, session } = await wireSession({
    "schema-state": result(["int", "int", "tinyint"], [0, 0, 1]),
    "schema-version": result(["int"], [0]),
    "lock-migrations": result(["int"], [0]),
  });
  const { applied } = await session.migrate(never);
  const named = server.calls.map(nameOf);
  const transactions = named
    .join(" ")
    .split("begin")
    .slice(1)
    .map((names) => names.trim().split(" "));
  const applying = transactions.filter((names) => names.includes("record-migration"));
  expect(applying).toHaveLength(applied.length);
  for (const names of applying)
    expect([names[0], ...names.slice(-2)]).toEqual(["lock-migrations", "record-migration", "commit"]);
  expect(server.calls.filter(({ inTransaction, kind }) => !inTransaction && kind === "batch")).toEqual([]);
  const batches = server.calls.filter(({ kind }) => kind === "batch").map(({ sql }) => sql);
  for (const text of batches.filter((each) => /CREATE (PROCEDURE|TRIGGER|SCHEMA)/.test(each)))
    expect(text).toMatch(/^CREATE/);
});

test.each([
  [{ error: { number: 208, message: "Invalid object name 'OPENJSON'." } }, "compatibility level 130"],
  [result(Array(6).fill("int"), [1, 1, 0, 1, 1, 0]), "SET ANSI_WARNINGS ON"],
  [result(Array(6).fill("int"), [1, 1, 1, 1, 1, 1]), "SET NUMERIC_ROUNDABORT OFF"],
])("what the server or the session lacks is told at start, and nothing is migrated (%#)", async (answer, told) => {
  const { server, session } = await wireSession({ "session-settings": answer });
  expect(await session.checkSchema(never)).toContain(told);
  await expect(session.migrate(never)).rejects.toMatchObject({
    code: "database.failed",
    message: expect.stringContaining(told),
  });
  expect(new Set(namesOf(server))).toEqual(new Set(["session-settings"]));
});

test("a query of a backfill's keys may take longer than a statement of ours", async () => {
  const { session } = await wireSession({ query: "silence", "load-strategies": "silence" }, { statementTimeoutMs: 30 });
  const controller = new AbortController();
  const keys = "SELECT 1 AS orderId";
  const category = { name: "order", fields: { orderId: "bigint" } } as const;
  const filling = session.backlog.backfill({ strategy: "crm", category, keys }, controller.signal);
  await expect(session.strategyStore?.load(never)).rejects.toMatchObject({ code: "database.busy" });
  controller.abort();
  await expect(filling).rejects.toMatchObject({ code: "operation.aborted" });
});

test("a migration whose lock another worker keeps changes nothing", async () => {
  const { server, session } = await wireSession({
    "schema-state": result(["int", "int", "tinyint"], [0, 0, 1]),
    "lock-migrations": result(["int"], [-1]),
  });
  await expect(session.migrate(never)).rejects.toMatchObject({ code: "database.busy", retryable: true });
  expect(namesOf(server).at(-1)).toBe("rollback");
  expect(server.calls.filter(({ kind }) => kind === "batch")).toEqual([]);
});

test("a migration that fails half-way is rolled back as a whole", async () => {
  const { server, session } = await wireSession({
    "schema-state": result(["int", "int", "tinyint"], [1, 1, 1]),
    "schema-version": result(["int"], [0]),
    "lock-migrations": result(["int"], [0]),
    "0001-tables/2": { error: { number: 262, message: "CREATE TABLE permission denied in database 'double'." } },
  });
  await expect(session.migrate(never)).rejects.toMatchObject({ code: "database.failed" });
  expect(namesOf(server).slice(-2)).toEqual(["0001-tables/2", "rollback"]);
});
