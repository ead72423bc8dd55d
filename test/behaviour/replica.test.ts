import { ownPostgres } from "@syncline/dev-postgres";
import { postgres } from "@syncline/postgres";
import { afterAll, describe, expect, it } from "vitest";
import { Downstream } from "../harness/downstream.ts";
import { startPipeline } from "../harness/pipeline.ts";
import { openShop } from "../harness/shop.ts";
import { ordersTo } from "../harness/shop-model.ts";
import { isEmpty } from "../harness/tables.ts";
import { deleteOrder, saveOrder } from "../harness/transactions.ts";
import { waitFor } from "../harness/wait-for.ts";

const server = await ownPostgres();
afterAll(() => server.stop());
if (!server.canReplicate) console.log("skipped: deliveries read on a replica: this machine has no pg_basebackup");

/** Waiting longer than the replica is behind, and not as long: then the primary is read. */
describe.skipIf(!server.canReplicate)("strategies that read on a replica which applies everything 500 ms later", () => {
  it.each([30_000, 100])(
    "deliver what was committed, and never what was before it: waiting %i ms",
    async (replicaWaitMs) => {
      const url = await server.createDatabase();
      const shop = await openShop(url);
      await using replica = await server.startReplica({ settings: { recovery_min_apply_delay: "500ms" } });
      const source = new URL(url);
      source.port = new URL(replica.url).port;
      const downstream = await Downstream.start();
      const query = { connectionString: source.href, replicaWaitMs };
      const pipeline = await startPipeline(url, downstream, {
        database: postgres({ connectionString: url, query }),
        strategies: [ordersTo("crm-orders")],
      });
      await saveOrder(shop, pipeline, 1, { note: "old" });
      await saveOrder(shop, pipeline, 2);
      await waitFor("the first states", () => downstream.books.state("crm-orders").size === 2);
      await saveOrder(shop, pipeline, 1, { note: "new" });
      await deleteOrder(shop, pipeline, 2);
      await saveOrder(shop, pipeline, 3, { note: "new" });
      await waitFor("all to be delivered", () => isEmpty(shop));
      const notes = [...downstream.books.state("crm-orders").values()].map((body) => (body as { note: string }).note);
      expect(notes).toEqual(["new", "new"]);
      expect(downstream.books.last("crm-orders", { orderId: "2" })?.operation).toBe("delete");
      expect(downstream.books.history("crm-orders", { orderId: "3" })).toMatchObject([{ operation: "upsert" }]);
      await pipeline.stop();
    },
  );
});
