import { expect, test } from "vitest";
import { sessionOnDouble, textRows } from "./testing/double.ts";

const never = new AbortController().signal;
const record = { action: "requeue", actor: "zoë", reason: "it's mended", strategy: "crm", selection: "{}" } as const;
const noon = "2024-01-02T12:00:00.000Z";

test("what an operator does is kept in the transaction of the action, where that came to anything", async () => {
  await using double = await sessionOnDouble(({ sql, rows }) => {
    if (sql.includes(":changed :=")) return { out: { changed: [rows[0]?.ids].flat().length === 2 ? 2 : 0 } };
    return { rowCount: 1 };
  });
  const { backlog } = double.session;
  expect(await backlog.requeue({ ids: ["7", "8"] }, never, record)).toBe(2);
  const [action, kept] = double.statements();
  expect(action?.sql).toContain("UPDATE syncline_delivery");
  expect(kept?.rows[0]).toEqual({
    ...{ actor: "zoë", action: "requeue", strategy: "crm", reason: "it's mended", selection: "{}", quantity: 2 },
  });
  expect(double.server.calls.filter(({ kind }) => kind === "commit")).toHaveLength(1);
  expect(await backlog.discard({ ids: ["7"] }, never, record)).toBe(0);
  await backlog.pause("crm", never);
  expect(double.statements()).toHaveLength(4);
});

test("the audit, versions and causes are read as they are kept", async () => {
  await using double = await sessionOnDouble(({ sql }) => {
    if (sql.includes("syncline_operation")) return textRows(8, [["9", noon, "ann", "pause", "crm", null, "{}", "1"]]);
    if (sql.includes("syncline_strategy_kept"))
      return textRows(7, [["crm", "2", noon, "ann", "changed", '{"path":"/ö"}', "1"]]);
    return textRows(8, [["crm", "rejected", "http.422", null, "12", "2", noon, noon]]);
  });
  const { audit, strategyHistory, backlog } = double.session;
  expect(await audit?.list({ action: "pause" }, never)).toEqual({
    items: [
      {
        ...{ id: "9", at: Date.parse(noon), actor: "ann", action: "pause", strategy: "crm" },
        ...{ reason: null, selection: "{}", count: 1 },
      },
    ],
    next: undefined,
  });
  expect(await strategyHistory?.list("crm", {}, never)).toMatchObject([{ version: 2, enabled: true }]);
  const filter = { key: "7", code: "http.422", olderThanMs: 1_000 };
  expect(await backlog.causes?.(filter, never)).toMatchObject([
    { strategy: "crm", kind: "rejected", message: "", count: 12, held: 2, newestDiedAt: Date.parse(noon) },
  ]);
  expect(double.statements().at(-1)?.rows[0]).toMatchObject({
    ...{ strategy: null, key: "7", kind: null, code: "http.422", state: null, older_than_ms: 1_000 },
  });
});

test("definitions are put for somebody, under the dispatcher's row, or not where somebody has edited", async () => {
  await using double = await sessionOnDouble(({ sql, isQuery }) => {
    if (isQuery) return textRows(1, [["7"]]);
    return { rowCount: sql.startsWith("UPDATE") ? 0 : 1 };
  });
  const { definitions } = double.session;
  const long = JSON.stringify({ query: "ö".repeat(40_000) });
  const put = { kind: "strategy", name: "crm", definition: long, enabled: false } as const;
  expect(await definitions?.edit([put, { kind: "category", name: "a", remove: true }], "7", never, record)).toBe(true);
  const [lock, forWhom, update, insert, removal, forNobody, kept] = double.statements();
  expect(lock?.sql).toMatch(/FROM syncline_dispatcher d WHERE d\.id = 1 FOR UPDATE$/);
  expect([forWhom?.rows[0], forNobody?.rows[0]]).toEqual([{ actor: "zoë" }, { actor: null }]);
  expect([update?.sql.slice(0, 6), insert?.rows[0]]).toMatchObject(["UPDATE", { name: "crm", enabled: 0 }]);
  expect(removal?.sql).toBe("DELETE FROM syncline_category WHERE name = :name");
  expect(kept?.rows[0]).toMatchObject({ action: "requeue", quantity: 2 });
  expect(await definitions?.edit([put], "6", never)).toBe(false);
  expect(double.statements()).toHaveLength(8);
});
