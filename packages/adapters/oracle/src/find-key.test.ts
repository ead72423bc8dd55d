import { expect, test } from "vitest";
import { sessionOnDouble, textRows } from "./testing/double.ts";

const never = new AbortController().signal;

test("a key is looked for among changes, refused ones and each strategy's deliveries", async () => {
  await using double = await sessionOnDouble(({ sql, rows }) => {
    if (sql.includes("FROM syncline_change")) return textRows(4, [['{"id": 1}', null, "5", null]]);
    if (sql.includes("FROM syncline_refused")) return textRows(4, [['{"id":"x"}', "crm", "7", "No number."]]);
    if (rows[0]?.strategy === "a") return textRows(11, []);
    return textRows(11, [["12", "b", "dead", "0", "-3", "delete", "2", "9", "rejected", "400", null]]);
  });
  const { backlog } = double.session;
  const found = await backlog.find?.(
    { category: "order", key: '{"id":"1"}', strategies: ["b", "a"], most: 20_000 },
    never,
  );
  expect(found).toEqual({
    changes: [{ condition: '{"id": 1}', strategy: null, ageMs: 5, reason: null }],
    refused: [{ condition: '{"id":"x"}', strategy: "crm", ageMs: 7, reason: "No number." }],
    deliveries: [
      {
        ...{ id: "12", strategy: "b", state: "dead", leased: false, dueInMs: -3, operation: "delete", attempts: 2 },
        ...{ ageMs: 9, failure: { kind: "rejected", code: "400", message: "" } },
      },
    ],
  });
  expect(double.statements().map(({ rows }) => rows[0])).toEqual([
    { category: "order", most: 20_000 },
    { category: "order", most: 20_000 },
    { strategy: "a", key: '{"id":"1"}' },
    { strategy: "b", key: '{"id":"1"}' },
  ]);
});

test("what waits for something else is hastened by one block, committed with it", async () => {
  await using double = await sessionOnDouble(() => ({ out: { hastened: 3 } }));
  expect(await double.session.poller.hasten?.("crm", 10, never)).toBe(3);
  expect(double.statements()).toMatchObject([
    { isPlsql: true, commit: true, rows: [{ strategy: "crm", most: 10, hastened: null }] },
  ]);
});
