import type { StrategyInCode } from "@syncline/core";
import type { Transport } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { http } from "@syncline/http";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { collect, openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { asRow, orderKey, ordersTo } from "../harness/shop-model.ts";
import { saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const sound = http({ baseUrl: downstream.url });
/**
 * A transport that throws at one strategy, as one that walks a type which refers to itself, and
 * cannot describe a call.
 */
const judging: Transport = {
  ...sound,
  checkStrategy: (strategy) => {
    if (strategy.path === "/itself") throw new RangeError("Maximum call stack size exceeded at IBAN DE89");
    if (strategy.path === "/garbage") return [null] as never;
    return sound.checkStrategy?.(strategy) ?? [];
  },
  open: (context) => {
    const invoker = sound.open(context);
    return {
      invoke: (call, how) => invoker.invoke(call, how),
      close: async () => invoker.close?.(),
      describe: () => {
        throw new Error("IBAN DE89");
      },
    };
  },
};
const pipeline = await openPipeline(url, undefined, {
  strategyTable: true,
  downstreams: { crm: sound, judging, erp: http({ baseUrl: downstream.url }) },
  // Longer than the test: what is shut stays so.
  tuning: { breakerOpenMs: 3_600_000, breakerMaxOpenMs: 3_600_000, misconfiguredProbeMs: 3_600_000 },
});
const faults = collect(pipeline, "fault");
await pipeline.start();

/** A worker notices at the next change that its strategies are outdated, and otherwise after five seconds. */
async function edit(statement: string, values: readonly string[]): Promise<void> {
  await shop.query(statement, [...values]);
  await save();
}
const put = (strategy: StrategyInCode) =>
  edit(
    `INSERT INTO syncline.strategy (name, definition) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`,
    asRow(strategy),
  );
/** With all that it owes, which health would go on telling as stranded. */
const drop = async (name: string) => {
  await edit("DELETE FROM syncline.strategy WHERE name = $1", [name]);
  await waitFor(`"${name}" to leave nothing`, async () => {
    await pipeline.stranded.discard(name).catch(() => {});
    return (await pipeline.status()).strategies.every(({ strategy }) => strategy !== name);
  });
};
const problems = () => pipeline.health().problems.map(({ part, code }) => `${part}: ${code}`);
const health = (what: string, ...expected: readonly string[]) =>
  waitFor(`${what}: ${expected.join(", ") || "nothing"}`, () => {
    const now = problems();
    return now.length === expected.length && expected.every((each, index) => now[index]?.startsWith(each));
  });
let orderId = 0;
const save = async () => {
  orderId += 1;
  await saveOrder(shop, pipeline, orderId);
  return orderKey(orderId);
};

it("puts the others in force where a transport throws at one strategy, which alone is invalid until it is mended", async () => {
  const itself = ordersTo("a-first", { downstream: "judging", path: "/itself" });
  await put(itself);
  await put(ordersTo("z-last"));
  const key = await save();
  await waitFor("the one after it", () => downstream.books.last("z-last", key));
  await health("the broken one", "strategy a-first: strategy.invalid", "strategy a-first: fault.checkStrategy");
  const told = JSON.stringify([pipeline.health(), faults]);
  expect(told).toContain('The transport \\"http\\" of \\"judging\\" cannot judge it');
  expect(told).not.toContain("IBAN");
  await put({ ...itself, path: "/garbage" });
  await waitFor("the other answer", () => JSON.stringify(pipeline.health()).includes("owes a list of problems"));
  await put({ ...itself, path: "/a-first" });
  await health("it is mended");
  await waitFor("what had collected", () => downstream.books.last("a-first", key));
  await put(itself);
  await health("it is broken again", "strategy a-first: strategy.invalid", "strategy a-first: fault.checkStrategy");
  await drop("a-first");
  await health("it is gone");
});

it("forgets what kept a lane shut once its strategy is another, or is gone", async () => {
  downstream.behave = ({ lane }) => ({ status: lane === "shut" ? 404 : 200 });
  await put(ordersTo("shut"));
  await save();
  await health("the lane is shut", "strategy shut: ");
  await put({ ...ordersTo("shut"), path: "/other" });
  await health("the lane was replaced");
  await put(ordersTo("shut"));
  await save();
  await health("the lane is shut again", "strategy shut: ");
  await drop("shut");
  await health("the strategy is gone");
});

it("forgets a downstream that nobody uses any more", async () => {
  downstream.behave = ({ lane }) => ({ status: lane === "refused" ? 401 : 200 });
  await put(ordersTo("refused", { downstream: "erp" }));
  await save();
  await health("credentials are refused", "downstream erp: ");
  await put(ordersTo("refused", { path: "/well" }));
  await health("the strategy goes elsewhere");
});

it("shows a preview without its request where the transport cannot tell it", async () => {
  await put(ordersTo("shown", { downstream: "judging" }));
  // Not before: what is dispatched by the strategies of before is none of the new one's.
  const key = await save();
  await waitFor("its lane", () => downstream.books.last("shown", key));
  const preview = await pipeline.preview("shown", key);
  expect(preview).toMatchObject({ operation: "upsert", request: undefined });
  await health("the transport", "downstream judging: fault.describe");
});
