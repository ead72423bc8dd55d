import { createConsole } from "@syncline/console";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { afterAll, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { saveOrder, saveOrders, transaction } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const token = "planted-secret-of-ada";
const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
downstream.behave = ({ items }) => ({
  status: items.some(({ body }) => body?.note === "bad") ? 422 : 200,
  body: { echo: "planted-secret-of-the-downstream" },
});
const pipeline = await startPipeline(url, downstream, {
  // Of its own, so that what others lock of the pool's is not waited for.
  database: postgres({ connectionString: url, max: 6 }),
  strategies: [ordersTo("crm"), ordersTo("search"), ordersTo("next", { mode: "shadow", shadowOf: "crm" })],
  downstreams: { crm: http({ baseUrl: downstream.url, auth: { bearer: "planted-secret-of-the-downstream" } }) },
});
const webConsole = createConsole({
  pipelines: { shop: pipeline },
  auth: { tokens: [{ name: "ada", role: "operator", token }] },
  refreshMs: 100,
});
const { url: address } = await webConsole.listen({ port: 0 });
afterAll(() => webConsole.close());

const answers: string[] = [];

/** As a script asks: with its token. */
async function ask(path: string, body?: object): Promise<{ readonly status: number; readonly document: never }> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const request = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${address}api/v1/pipelines/shop/${path}`, request);
  const text = await response.text();
  answers.push(text);
  return { status: response.status, document: JSON.parse(text) as never };
}

const pages: readonly (readonly [string, object?])[] = [
  ["overview"],
  ["strategies?sort=dead"],
  ["strategies/crm"],
  ["news"],
  ["causes"],
  ["dictionary"],
  ["audit"],
  ["dead-letters", { strategy: "crm", code: "http.422" }],
  ["explain", { category: "order", condition: orderKey(4) }],
  ["preview", { strategy: "crm", condition: orderKey(4) }],
  ["shadows/next"],
];

it("a bad day: the cause is seen, a key explained and previewed, all requeued with a reason, and kept", async () => {
  await saveOrders(shop, pipeline, 1, 3);
  for (const orderId of [4, 5, 6]) await saveOrder(shop, pipeline, orderId, { note: "bad" });
  await pipeline.drain({ retries: true });
  type Causes = {
    readonly causes: readonly { readonly strategy: string; readonly code: string; readonly count: number }[];
  };
  const causes = async () => ((await ask("causes")).document as Causes).causes;
  await waitFor("both causes", async () => (await causes()).length === 2);
  expect(await causes()).toContainEqual(expect.objectContaining({ strategy: "crm", code: "http.422", count: 3 }));
  expect((await ask("strategies/crm")).document).toMatchObject({
    items: [{ dead: 3, level: "warn", why: ["3 dead"], lane: { circuit: "closed" }, history: expect.anything() }],
  });
  expect((await ask("explain", { category: "order", condition: orderKey(4) })).document).toMatchObject({
    strategies: expect.arrayContaining([
      expect.objectContaining({ strategy: "crm", deliveries: [expect.objectContaining({ state: "dead" })] }),
    ]),
  });
  await shop.query("UPDATE orders SET note = 'mended' WHERE note = 'bad'");
  expect((await ask("preview", { strategy: "crm", condition: orderKey(4) })).document).toMatchObject({
    operation: "upsert",
    rows: [{ note: "mended" }],
  });
  const cause = { strategy: "crm", code: "http.422", kind: "rejected" };
  const done = await ask("actions/requeue", { ...cause, reason: "the notes are mended" });
  expect(done.document).toEqual({ state: "done", count: 3 });
  await pipeline.drain({ retries: true });
  expect(downstream.books.last("crm", orderKey(4))?.body?.note).toBe("mended");
  await waitFor("the other cause alone", async () => (await causes()).length === 1);
  const audit = (await ask("audit")).document as { readonly items: readonly object[] };
  expect(audit.items[0]).toMatchObject({ action: "requeue", actor: "ada", reason: "the notes are mended", count: 3 });

  await ask("actions/pause", { strategy: "crm", reason: "planned work" });
  const row = async () => ((await ask("strategies/crm")).document as { readonly items: readonly object[] }).items[0];
  await waitFor("it to be shown as paused", async () => JSON.stringify(await row()).includes('"level":"paused"'));
  await ask("actions/resume", { strategy: "crm", reason: "planned work is over" });
  await waitFor("it to be shown as resumed", async () => JSON.stringify(await row()).includes('"paused":false'));
});

it("what fits no category, names no strategy or needs a table that is not named is said, and not a failure of ours", async () => {
  const explained = await ask("explain", { category: "order", condition: { orderId: "x" } });
  expect(explained).toMatchObject({ status: 422, document: { error: { code: "change.invalid" } } });
  const paused = await ask("actions/pause", { strategy: "nobody", reason: "x" });
  expect(paused).toMatchObject({ status: 404, document: { error: { code: "strategy.unknown" } } });
  const backfilled = await ask("actions/backfill", { strategy: "crm", reason: "x" });
  expect(backfilled).toMatchObject({ status: 422, document: { error: { code: "config.invalid" } } });
});

it("every page answers while dispatch and all deliveries are locked, and waits for nobody", async () => {
  await transaction(shop, async (tx) => {
    await tx.query("SELECT FROM syncline.dispatcher FOR UPDATE");
    await tx.query("SELECT FROM syncline.delivery FOR UPDATE");
    for (const [path, body] of pages) expect(await ask(path, body), path).toMatchObject({ status: 200 });
  });
});

it("no answer has a secret in it, be it of a downstream that echoes it", () => {
  expect(answers.join("\n")).toContain("http.422");
  expect(answers.filter((text) => text.includes("planted-secret"))).toEqual([]);
});
