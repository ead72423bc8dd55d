import { testDatabase } from "@syncline/dev-postgres/vitest";
import { beforeEach, describe, expect, it } from "vitest";
import { accept, Downstream } from "../harness/downstream.ts";
import { collect, startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { orderKey, ordersTo } from "../harness/shop-model.ts";
import { deliveries, isEmpty } from "../harness/tables.ts";
import { saveOrder, saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const pipeline = await startPipeline(url, downstream, {
  strategies: [
    ordersTo("one-by-one", { retry: { maxAttempts: 4, initialMs: 10, maxMs: 50 } }),
    ordersTo("in-batches", { batch: 20 }),
  ],
});

beforeEach(() => {
  downstream.behave = accept;
});

describe("every recorded change", () => {
  it("leads to an accepted delivery of a state at least as new, for every matching strategy", async () => {
    for (let version = 1; version <= 10; version += 1) await saveOrder(shop, pipeline, 1, { note: `v${version}` });
    await waitFor("both strategies", () =>
      ["one-by-one", "in-batches"].every((lane) => downstream.books.last(lane, orderKey(1))?.body?.note === "v10"),
    );
  });

  it("is sent again when the downstream fails before or after it has acted", async () => {
    const tries = new Map<string, number>();
    downstream.behave = ({ lane, items }) => {
      const slot = lane === "in-batches" ? lane : `${lane} ${items[0]?.key.orderId}`;
      const tried = (tries.get(slot) ?? 0) + 1;
      tries.set(slot, tried);
      if (tried === 1) return { status: 500 };
      // The state was kept, but nobody hears of it.
      if (tried === 2) return { status: 200, drop: true };
      return { status: 200 };
    };
    await saveOrders(shop, pipeline, 100, 119);
    await waitFor("all to be delivered", () => isEmpty(shop));
    expect(downstream.books.state("one-by-one")).toHaveProperty("size", 21);
    expect(downstream.books.state("in-batches")).toHaveProperty("size", 21);
  });

  it("leads to a dead letter that names its key when attempts run out, and the others go on", async () => {
    const dead = collect(pipeline, "dead");
    downstream.behave = ({ lane, items }) =>
      lane === "one-by-one" && items.some((item) => item.key.orderId === "205") ? { status: 500 } : { status: 200 };
    await saveOrders(shop, pipeline, 200, 210);
    await waitFor("the dead letter", () => dead.length > 0);
    await waitFor("the others", async () => (await deliveries(shop)).length === 1);
    expect(await deliveries(shop)).toMatchObject([
      { strategy: "one-by-one", key: '{"orderId":"205"}', state: "dead", attempts: 4, failureCode: "http.500" },
    ]);
    const page = await pipeline.deadLetters.list();
    expect(page.items).toMatchObject([{ strategy: "one-by-one", key: '{"orderId":"205"}', state: "dead" }]);
    expect(downstream.books.last("in-batches", orderKey(205))).toBeDefined();
  });

  it("revives its key's dead letter", async () => {
    await saveOrder(shop, pipeline, 205, { note: "mended" });
    await waitFor(
      "the mended state",
      () => downstream.books.last("one-by-one", orderKey(205))?.body?.note === "mended",
    );
    await waitFor("nothing to be left", () => isEmpty(shop));
  });

  it("is tried although it came while its key's bad state was being refused", async () => {
    let refused = false;
    downstream.behave = async ({ lane, items }) => {
      if (lane !== "one-by-one" || items[0]?.body?.note !== "bad") return { status: 200 };
      if (!refused) {
        refused = true;
        await saveOrder(shop, pipeline, 300, { note: "good" });
        await waitFor("the newer change to be folded in", async () => {
          const rows = await deliveries(shop);
          return rows.some(
            (row) => row.strategy === "one-by-one" && BigInt(row.revision) > BigInt(items[0]?.revision ?? 0),
          );
        });
      }
      return { status: 422 };
    };
    await saveOrder(shop, pipeline, 300, { note: "bad" });
    await waitFor("the good state", () => downstream.books.last("one-by-one", orderKey(300))?.body?.note === "good");
    await waitFor("nothing to be left", () => isEmpty(shop));
  });
});
