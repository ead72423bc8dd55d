import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import { afterAll, describe, expect, it } from "vitest";
import { TcpProxy } from "../faults/nemesis/tcp-proxy.ts";
import { Downstream } from "../harness/downstream.ts";
import { holdFirst } from "../harness/hold.ts";
import { collect, openPipeline, type TestPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const limitMs = 1_000;
/** What a stop may take beyond its limit; half a second more is for a busy machine. */
const mostMs = limitMs + 1_000 + 500;

/**
 * A pipeline that is woken by its database, and a way there that can be closed without anybody
 * being told.
 */
async function opened(reach: "all" | "the wake-up alone" = "all") {
  const url = await testDatabase();
  const shop = await openShop(url);
  const downstream = await Downstream.start();
  const proxy = await TcpProxy.start(url);
  afterAll(() => proxy.close());
  const pipeline = await openPipeline(url, downstream, {
    database: postgres({
      connectionString: reach === "all" ? proxy.url : url,
      max: 4,
      wakeUp: { notify: true, connectionString: proxy.url },
    }),
    strategies: [ordersTo("crm-orders")],
    strategyTable: true,
  });
  return { shop, downstream, proxy, pipeline };
}

async function stopTook(pipeline: TestPipeline): Promise<number> {
  const from = performance.now();
  await pipeline.stop({ timeoutMs: limitMs });
  return performance.now() - from;
}

describe("with a database that swallows all that it is sent, a stop keeps its limit", () => {
  it.each(["vanish", "stall"] as const)(
    "and tells what it could not settle, which is sent again later (%s)",
    async (weather) => {
      const { shop, downstream, proxy, pipeline } = await opened();
      const hold = holdFirst();
      downstream.behave = hold.behave;
      const stopped = collect(pipeline, "stopped");
      const errors = collect(pipeline, "error");
      await pipeline.start();
      await saveOrder(shop, pipeline, 1);
      await hold.arrived;
      proxy.weather = weather;
      hold.release();
      await waitFor("the call to have ended", () => downstream.books.state("crm-orders").size === 1);
      expect(await stopTook(pipeline)).toBeLessThan(mostMs);
      expect(stopped).toEqual([{ released: 0, unsettled: 1 }]);
      expect(errors.map(({ during }) => during)).toContain("stop");
    },
  );

  it("while it is about to be asked for the first time", async () => {
    const { proxy, pipeline } = await opened();
    proxy.weather = "vanish";
    const started = pipeline.start().catch((error: unknown) => error);
    expect(await stopTook(pipeline)).toBeLessThan(mostMs);
    expect(await started).toMatchObject({ code: "pipeline.state" });
  });

  it("while an operator's command, a drain and a call are under way", async () => {
    const { shop, downstream, proxy, pipeline } = await opened();
    const hold = holdFirst();
    downstream.behave = hold.behave;
    await pipeline.start();
    await saveOrder(shop, pipeline, 1);
    await hold.arrived;
    proxy.weather = "stall";
    const ends = Promise.allSettled([
      pipeline.status(),
      pipeline.drain(),
      pipeline.preview("crm-orders", { orderId: 1 }),
      pipeline.backfill("crm-orders", { keys: 'SELECT id AS "orderId" FROM orders' }),
    ]);
    expect(await stopTook(pipeline)).toBeLessThan(mostMs);
    for (const end of await ends) expect(end).toMatchObject({ status: "rejected", reason: { code: "pipeline.state" } });
    hold.release();
  });

  it("while its wake-up is being connected", async () => {
    const { proxy, pipeline } = await opened("the wake-up alone");
    proxy.weather = "vanish";
    await pipeline.start();
    await waitFor("the attempt", () => proxy.connections > 0);
    expect(await stopTook(pipeline)).toBeLessThan(mostMs);
  });
});
