import type { Transport } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import pg from "pg";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

/** What the host application puts in may fail in any way; the deliveries go on. */
const fails = () => {
  throw new Error("the host's own fault");
};
const rejects = async () => fails();

it.each([
  ["a listener that throws", fails],
  ["a listener that rejects", rejects],
])("%s harms neither the pipeline nor the process, and the log hears of it", async (_, listener) => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const downstream = await Downstream.start();
  const logged: string[] = [];
  const write = (_fields: object, message: string) => void logged.push(message);
  const log = { debug: write, info: write, warn: write, error: write };
  const pipeline = await openPipeline(url, downstream, { strategies: [ordersTo("sound")], log });
  for (const event of ["started", "dispatched", "delivered"] as const) pipeline.on(event, listener);
  const heard = collect(pipeline, "delivered");
  await pipeline.start();
  await saveOrder(shop, pipeline, 1);
  await waitFor("the delivery", async () => heard.length > 0 && (await isEmpty(shop)));
  await waitFor(
    "the log to have heard of each",
    () => logged.filter((text) => text.includes("of listener ")).length >= 3,
  );
  expect(downstream.calls).toHaveLength(1);
  await pipeline.stop();
});

it.each([
  ["throws", fails],
  ["rejects", rejects],
])("a log that %s harms nothing", async (_, write) => {
  const url = await testDatabase();
  const shop = await openShop(url);
  const downstream = await Downstream.start();
  downstream.behave = ({ lane }) => ({ status: lane === "refused" ? 422 : 200 });
  const pipeline = await openPipeline(url, downstream, {
    strategies: [ordersTo("sound"), ordersTo("refused")],
    log: { debug: write, info: write, warn: write, error: write },
  });
  pipeline.on("delivered", fails);
  const dead = collect(pipeline, "dead");
  await pipeline.start();
  for (let orderId = 1; orderId <= 5; orderId += 1) await saveOrder(shop, pipeline, orderId);
  await waitFor("what is refused to be dead", () => dead.length === 5);
  await waitFor("the rest to have arrived", () => downstream.books.state("sound").size === 5);
  await pipeline.stop();
});

it.each([
  ["never closes", () => new Promise<void>(() => {})],
  ["throws when it is closed", fails],
  ["rejects when it is closed", rejects],
])("a transport that %s keeps neither the others nor the database open", async (_, close) => {
  const url = await testDatabase();
  const downstream = await Downstream.start();
  let closed = 0;
  const around = (own: Partial<{ close(): Promise<void> }>): Transport => {
    const real = http({ baseUrl: downstream.url });
    return {
      ...real,
      open: (context) => {
        const invoker = real.open(context);
        return {
          invoke: (call, how) => invoker.invoke(call, how),
          close: async () => {
            closed += 1;
            await invoker.close?.();
            await own.close?.();
          },
        };
      },
    };
  };
  const pipeline = await openPipeline(url, undefined, {
    downstreams: { stuck: around({ close }), crm: around({}) },
    strategies: [ordersTo("sound")],
  });
  const errors = collect(pipeline, "error");
  const stopped = collect(pipeline, "stopped");
  await pipeline.start();
  await pipeline.stop({ timeoutMs: 0 });
  expect(closed).toBe(2);
  expect(errors).toMatchObject([{ during: "close" }]);
  expect(stopped).toHaveLength(1);
  await expect(pipeline.status()).rejects.toMatchObject({ code: "pipeline.state" });
  const observer = new pg.Client({ connectionString: url });
  await observer.connect();
  await waitFor("the pipeline's connections to have ended", async () => {
    const { rows } = await observer.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    return rows.length === 0;
  });
  await observer.end();
});
