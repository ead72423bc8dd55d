import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { openPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { count, isEmpty } from "../harness/tables.ts";
import { saveOrders } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";
import { WireTap } from "../harness/wire-tap.ts";

const url = await testDatabase();
const shop = await openShop(url);
const downstream = await Downstream.start();
const strategies = [ordersTo("crm-orders", { batch: 1_000, concurrency: 1 })];
const recording = await openPipeline(url, undefined, {});

it("reads and settles a thousand due pointers of one strategy with as many statements as one", async () => {
  const ofOne = await statementsFor(1, 1);
  const ofThousand = await statementsFor(2, 1_001);
  expectAsMany(ofThousand, ofOne);
  expect(ofOne.filter((text) => text.includes("FROM orders o"))).toHaveLength(1);
  expect(ofOne.filter((text) => /INSERT INTO "?syncline"?\.delivery/.test(text))).toHaveLength(1);
  expect(downstream.calls.map((call) => call.items.length)).toEqual([1, 1_000]);
});

it("claims a thousand deliveries that another worker dispatched with as many statements as one", async () => {
  const ofOne = await statementsFor(2_001, 2_001, { dispatchedBefore: true });
  const ofThousand = await statementsFor(2_002, 3_001, { dispatchedBefore: true });
  expectAsMany(ofThousand, ofOne);
  expect(ofOne.filter((text) => text.includes("FROM orders o"))).toHaveLength(1);
});

/** What a worker asks of the server from its start until the orders are delivered and settled; it polls once. */
async function statementsFor(from: number, to: number, { dispatchedBefore = false } = {}): Promise<readonly string[]> {
  await saveOrders(shop, recording, from, to);
  if (dispatchedBefore) await dispatch();
  const tap = await WireTap.start(url);
  const pipeline = await openPipeline(tap.url, downstream, {
    strategies,
    schedule: { next: () => 3_600_000 },
    // The beat of lease renewals must not fall into the count.
    tuning: { leaseMs: 600_000, dispatchLimit: 2_000, readLimit: 1_000 },
  });
  tap.clear();
  await pipeline.start();
  await waitFor("all to be delivered", () => isEmpty(shop));
  // Asked for once at every start, beside the rest.
  await waitFor("refused changes to be looked for", () => tap.statements.some((text) => text.includes(".refused")));
  // Several connections work at once, so the order between them is nobody's.
  const statements = tap.statements
    .map(withoutTag)
    .filter((text) => !isAsked(text))
    .sort();
  await pipeline.stop();
  return statements;
}

/** Each read has a number of its own, by which it is found at the server. */
function withoutTag(text: string): string {
  return text.replace(/^\/\* syncline read \S+ \d+ \*\/ /, "");
}

/**
 * A lane that is done before the first round is, is asked for once more: one round of polling more
 * or less. Which statements meet on one connection is chance, and each connection begins with its
 * settings. Nothing else differs.
 */
function expectAsMany(statements: readonly string[], others: readonly string[]): void {
  const isPolling = (text: string) =>
    /^(BEGIN|COMMIT|ROLLBACK|WITH first|WITH demand|SET idle_in_transaction_session_timeout|SELECT pg_catalog\.pg_backend_pid)\b/.test(
      text,
    );
  const polls = [statements, others].map((texts) => texts.filter(isPolling).length);
  expect(statements.filter((text) => !isPolling(text))).toEqual(others.filter((text) => !isPolling(text)));
  expect(Math.abs((polls[0] ?? 0) - (polls[1] ?? 0))).toBeLessThanOrEqual(8);
}

/**
 * How a template is best read is asked once, before the first read for about as many keys: of the planner,
 * and nothing is read. What a login finds at its server is asked once for each connection.
 */
function isAsked(text: string): boolean {
  return (
    /^(EXPLAIN|PREPARE|DEALLOCATE)\b/.test(text) ||
    /pg_prepared_statements|current_setting\('transaction_timeout/.test(text)
  );
}

/** Leaves the deliveries due, as a worker does that is stopped before it could deliver. */
async function dispatch(): Promise<void> {
  const pipeline = await openPipeline(url, downstream, { strategies });
  await pipeline.pause("crm-orders");
  await pipeline.start();
  await waitFor("the changes to be dispatched", async () => (await count(shop, "syncline.change")) === 0);
  await pipeline.stop();
  await shop.query("DELETE FROM syncline.pause");
}
