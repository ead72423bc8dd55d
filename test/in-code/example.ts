// biome-ignore-all assist/source/organizeImports: from the marker on, this is the documentation's code to the letter.
import { tx } from "./surroundings.ts";
// The documented code begins here.
import { category, strategy, createPipeline } from "@syncline/core";
import { postgres } from "@syncline/postgres";
import { http } from "@syncline/http";

const order = category("order", { orderId: "bigint" });

const crmOrders = strategy("crm-orders", {
  category: order,
  query: `SELECT o.id, o.total, c.email AS "customer.email"
            FROM orders o JOIN customers c ON c.id = o.customer_id
           WHERE o.id = :orderId AND o.status = 'PAID'`,
  downstream: "crm",
  path: "/orders/{orderId}",
  method: "PUT",
  whenAbsent: "delete",
});

const pipeline = createPipeline({
  database: postgres({ connectionString: process.env.DATABASE_URL }),
  categories: [order],
  strategies: [crmOrders],
  downstreams: { crm: http({ baseUrl: "https://crm.example.com/api" }) },
});

await pipeline.migrate();
await pipeline.start();

// anywhere in the business code, on the transaction it already has
await pipeline.recorder.record(tx, [order.changed({ orderId: 42n })]);
// The documented code ends here.

export { pipeline };
