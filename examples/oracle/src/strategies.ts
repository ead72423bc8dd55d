import { category, strategy } from "@syncline/core";
import type { StrategyDefinition } from "@syncline/core/spi";
import type { ServiceName } from "./services.ts";

/** The data dictionary: what can change in the shop, and by which key it is found again. */
export const order = category("order", { orderId: "bigint" });
export const product = category("product", { sku: "string" });
export const customer = category("customer", { customerId: "bigint" });

/** The warehouse packs what is paid, and nothing else: an order that is shipped or cancelled is deleted there. */
const warehouseOrders = strategy("warehouse-orders", {
  category: order,
  query: `
    SELECT o.id AS "id", o.total AS "total", c.name AS "customer.name", c.city AS "customer.city"
      FROM demo_orders o JOIN demo_customers c ON c.id = o.customer_id
     WHERE o.id = :orderId AND o.status = 'PAID'`,
  downstream: "warehouse",
  method: "PUT",
  path: "/orders/{orderId}",
  whenAbsent: "delete",
});

/** Each call to the search service costs the same however much it carries: up to 100 products go in one. */
const searchProducts = strategy("search-products", {
  category: product,
  query: `SELECT p.sku AS "sku", p.title AS "title", p.stock AS "stock" FROM demo_products p WHERE p.sku = :sku`,
  downstream: "search",
  method: "POST",
  path: "/bulk/products",
  options: { envelope: true },
  batch: 100,
  concurrency: 2,
  whenAbsent: "delete",
});

/** What a customer has spent is nowhere in the shop's tables: the query adds it up when it is sent. */
const billingCustomers = strategy("billing-customers", {
  category: customer,
  query: `
    SELECT c.id AS "id", c.city AS "city", COUNT(o.id) AS "orders", NVL(SUM(o.total), 0) AS "spent"
      FROM demo_customers c LEFT JOIN demo_orders o ON o.customer_id = c.id AND o.status <> 'PLACED'
     WHERE c.id = :customerId
     GROUP BY c.id, c.city`,
  downstream: "billing",
  method: "PUT",
  path: "/customers/{customerId}",
  whenAbsent: "delete",
});

export const strategiesInCode = [warehouseOrders, searchProducts, billingCustomers];

/** The one that comes later, as a row of the strategy table. */
export const strategyInTable: StrategyDefinition = {
  name: "search-orders",
  category: "order",
  query: `SELECT o.id AS "id", o.status AS "status", o.total AS "total" FROM demo_orders o WHERE o.id = :orderId`,
  downstream: "search",
  method: "POST",
  path: "/bulk/orders",
  options: { envelope: true },
  batch: 100,
  whenAbsent: "delete",
};

/** Where each strategy's data arrives, and all the keys that its category has: for the first load and for the proof. */
export interface Destination {
  readonly strategy: string;
  readonly service: ServiceName;
  readonly collection: string;
  readonly query: string;
  /** Its one column is named as the category's field. */
  readonly keys: string;
  readonly field: string;
}

const orders = { keys: 'SELECT id AS "orderId" FROM demo_orders', field: "orderId" };
const products = { keys: 'SELECT sku AS "sku" FROM demo_products', field: "sku" };
const customers = { keys: 'SELECT id AS "customerId" FROM demo_customers', field: "customerId" };

export const destinations: readonly Destination[] = [
  {
    strategy: warehouseOrders.name,
    query: warehouseOrders.query,
    service: "warehouse",
    collection: "orders",
    ...orders,
  },
  {
    strategy: searchProducts.name,
    query: searchProducts.query,
    service: "search",
    collection: "products",
    ...products,
  },
  {
    strategy: billingCustomers.name,
    query: billingCustomers.query,
    service: "billing",
    collection: "customers",
    ...customers,
  },
  { strategy: strategyInTable.name, query: strategyInTable.query, service: "search", collection: "orders", ...orders },
];
