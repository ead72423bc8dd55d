import { expect, it } from "vitest";
import { category, createDictionary } from "./category.ts";
import { checkChanges } from "./check-changes.ts";
import { isSynclineError } from "./errors.ts";

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (isSynclineError(error)) return error.problems.map((problem) => problem.at);
    throw error;
  }
  return [];
}

const order = category("order", { orderId: "bigint" });

it("makes changes", () => {
  expect(order.changed({ orderId: 42n })).toEqual({
    category: "order",
    condition: { orderId: "42" },
    key: '{"orderId":"42"}',
    operation: "upsert",
  });
  expect(order.deleted({ orderId: 42 }).operation).toBe("delete");
});

it("makes two changes of a changed key: the old one went, the new one came", () => {
  const [from, to] = order.moved({ orderId: 1 }, { orderId: 2 });
  expect([from.operation, from.key, to.operation, to.key]).toEqual([
    "delete",
    '{"orderId":"1"}',
    "upsert",
    '{"orderId":"2"}',
  ]);
});

it("says where in a change something is wrong", () => {
  expect(problemsOf(() => order.changed({ orderId: "x" }))).toEqual(["condition.orderId"]);
});

it("refuses a category with everything that is wrong with it", () => {
  expect(
    problemsOf(() => category("2nd order", { "order id": "bigint", __proto: "string", x: "number" as "string" })),
  ).toEqual(["name", "fields.order id", "fields.x"]);
  expect(problemsOf(() => category("order", {}))).toEqual(["fields"]);
  expect(problemsOf(() => category("o", JSON.parse('{"__proto__":"string"}')))).toEqual(["fields.__proto__"]);
});

it("refuses two categories of one name", () => {
  expect(problemsOf(() => createDictionary([order, category("order", { id: "uuid" })]))).toEqual(["categories[1]"]);
});

it("checks changes made elsewhere, all of them, by position", () => {
  const dictionary = createDictionary([order]);
  const sound = order.changed({ orderId: 1 });
  expect(problemsOf(() => checkChanges(dictionary, [sound]))).toEqual([]);
  const wrong = [
    sound,
    { ...sound, category: "odrer" },
    { ...sound, condition: { orderId: 1.5 } },
    { ...sound, key: '{"orderId": 1}' },
    { ...sound, operation: "truncate" as "delete" },
    null as never,
  ];
  expect(problemsOf(() => checkChanges(dictionary, wrong))).toEqual([
    "changes[1].category",
    "changes[2].condition.orderId",
    "changes[3].key",
    "changes[4].operation",
    "changes[5]",
  ]);
});

it("may name the table that it is about, and keeps what was named", () => {
  const source = { table: "shop.orders", columns: { orderId: "id" }, updateOf: ["status"] };
  const made = category("order", { orderId: "bigint" }, source);
  source.updateOf.push("total");
  expect(made.source).toEqual({ table: "shop.orders", columns: { orderId: "id" }, updateOf: ["status"] });
  expect("source" in order).toBe(false);
});

it("refuses a source with everything that is wrong with it, in a dictionary, too", () => {
  const source = { tabel: "x", columns: { oderId: "id", orderId: "" }, updateOf: ["a", 5] } as never;
  const wrong = [
    "source.tabel",
    "source.table",
    "source.columns.oderId",
    "source.columns.orderId",
    "source.updateOf[1]",
  ];
  expect(problemsOf(() => category("order", { orderId: "bigint" }, source))).toEqual(wrong);
  expect(problemsOf(() => category("order", { orderId: "bigint" }, { table: "t", updateOf: [] }))).toEqual([
    "source.updateOf",
  ]);
  const given = { name: "order", fields: { orderId: "bigint" }, source: "shop.orders" } as never;
  expect(problemsOf(() => createDictionary([given]))).toEqual(["categories[0].source"]);
});
