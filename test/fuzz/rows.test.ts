import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, orderKey, ordersTo } from "../harness/shop-model.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

/** Whatever stands in Syncline's tables, put there by SQL, a trigger or a hand: a clear word, and the others go on. */
const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const pipeline = await openPipeline(url, undefined, {
  strategyTable: true,
  strategies: [ordersTo("sound")],
  downstreams: { crm: http({ baseUrl: downstream.url }) },
});
const invalid = collect(pipeline, "strategyInvalid");
const refused = collect(pipeline, "refused");
const errors = collect(pipeline, "error");
const prototypes = () =>
  JSON.stringify([Object.prototype, Array.prototype].map((each) => Object.getOwnPropertyNames(each)));
const before = prototypes();
beforeAll(() => pipeline.start());

let orderId = 0;

/** The strategy in code delivers what is changed from here on. */
async function soundOneGoesOn(): Promise<void> {
  orderId += 1;
  const note = `after ${orderId}`;
  await saveOrder(shop, pipeline, orderId, { note });
  await waitFor("the sound strategy to deliver", () => downstream.books.last("sound", orderKey(orderId)));
  expect(prototypes()).toBe(before);
  expect(pipeline.health().ready, JSON.stringify(errors.at(-1))).toBe(true);
}

// PostgreSQL keeps no NUL and no lone surrogate in text or JSON.
const text = fc.string({ unit: "grapheme", maxLength: 30 }).map((value) => value.replaceAll("\u0000", ""));
const json = fc
  .jsonValue({ stringUnit: "grapheme", maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value).replace(/\\u0000|\\ud[89a-f][0-9a-f]{2}/gi, "")));
const sound = JSON.parse(asRow(ordersTo("any"))[1]) as { readonly [field: string]: unknown };
const field = fc.constantFrom(...Object.keys(sound), "method", "batch", "concurrency", "rate", "debounce", "numbers");
const hostile = fc.oneof(
  json,
  fc.constantFrom<unknown>(null, -1, 0, 1e308, "", " ", "x".repeat(100_000), "__proto__", { __proto__: 1 }, [[[]]]),
  fc.constantFrom<unknown>("'; DROP TABLE orders; --", "${", "{{constructor}}", "\r\nx: y", "\u202e"),
);
const definition = fc.oneof(
  fc.tuple(fc.array(fc.tuple(field, hostile), { minLength: 1, maxLength: 4 })).map(([changes]) => ({
    ...sound,
    ...Object.fromEntries(changes),
  })),
  fc.dictionary(fc.oneof(field, text, fc.constantFrom("__proto__", "constructor", "toJSON")), hostile, { maxKeys: 6 }),
);

it("a row of the strategy table: it works, or is told to be invalid by its name, and the others go on", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, definition), { minLength: 1, maxLength: 8 }), async (rows) => {
      const names = rows.map(([name], index) => `${name}-${index}`);
      const known = invalid.length;
      await shop.query(
        `INSERT INTO syncline.strategy (name, definition)
           SELECT name, definition::jsonb FROM unnest($1::text[], $2::text[]) AS given (name, definition)`,
        [names, rows.map(([, each]) => JSON.stringify(each))],
      );
      await soundOneGoesOn();
      for (const { name, problems } of invalid.slice(known)) {
        expect(names).toContain(name);
        expect(problems.length).toBeGreaterThan(0);
        for (const { message } of problems) expect(message).toMatch(/\S/);
      }
      await shop.query("DELETE FROM syncline.strategy; DELETE FROM syncline.delivery WHERE strategy <> 'sound'");
    }),
    { numRuns: 25 },
  );
  expect(invalid.length).toBeGreaterThan(10);
});

it("a row of the change table: it is delivered, or kept apart with a reason, and the others go on", async () => {
  const canary = "SELECT count(*)::int AS count FROM customers";
  const category = fc.oneof(fc.constantFrom("order", "customer", "__proto__", "toString", "", "ORDER"), text);
  const id = fc.oneof(
    fc.constantFrom<unknown>(
      "1",
      1,
      "01",
      1.5,
      null,
      "1; DROP TABLE customers",
      "9".repeat(500),
      "1e400",
      true,
      {},
      [],
    ),
    json,
  );
  const condition = fc.oneof(
    fc
      .dictionary(fc.constantFrom("orderId", "customerId", "__proto__", "constructor", "'"), id, { maxKeys: 2 })
      .map((value) => JSON.stringify(value)),
    fc.constantFrom("", "{", "null", "[]", '{"orderId":1,"orderId":2}', "\\", `{"orderId":${"0".repeat(50_000)}1}`),
    fc.constantFrom(`{"orderId":"${" ".repeat(50_000)}"}`, "[".repeat(50_000)),
    text,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(category, condition, fc.constantFrom("upsert", "delete")), { minLength: 5, maxLength: 40 }),
      async (rows) => {
        await shop.query(
          `INSERT INTO syncline.change (category, condition, operation)
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`,
          [0, 1, 2].map((column) => rows.map((row) => row[column as 0 | 1 | 2])),
        );
        await soundOneGoesOn();
        expect((await shop.query(canary)).rows).toEqual([{ count: 20 }]);
      },
    ),
    { numRuns: 25 },
  );
  expect(refused.length).toBeGreaterThan(10);
  for (const { reason } of refused.flatMap(({ changes }) => changes)) expect(reason).toMatch(/\S/);
});
