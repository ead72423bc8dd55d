import { type StrategyInCode, strategy } from "@syncline/core";
import type { StrategyDefinition } from "@syncline/core/spi";
import { customer, order, product } from "./dictionary.ts";

/** The warehouse packs what is paid, and nothing else: an order that is shipped is deleted there. */
const warehouseOrders = strategy("warehouse-orders", {
  category: order,
  query: `
    SELECT o.id, o.total, c.name AS "customer.name", c.city AS "customer.city"
      FROM orders AS o JOIN customers AS c ON c.id = o.customer_id
     WHERE o.id = :orderId AND o.status = 'PAID'`,
  downstream: "warehouse",
  method: "PUT",
  path: "/orders/{orderId}",
  whenAbsent: "delete",
});

/** Up to 200 products go in one call. The key is cast to the column's type, so that its index serves. */
const searchProducts = strategy("search-products", {
  category: product,
  query:
    "SELECT p.sku, p.title, p.price, p.stock FROM products AS p WHERE p.sku = CAST(:sku AS varchar(40)) AND p.listed = 1",
  downstream: "search",
  method: "POST",
  path: "/bulk/products",
  options: { envelope: true },
  batch: 200,
  concurrency: 2,
  whenAbsent: "delete",
});

/** What a customer has spent is nowhere in the shop's tables: the query adds it up when it is sent. */
const billingCustomers = strategy("billing-customers", {
  category: customer,
  query: `
    SELECT c.id, c.name, c.city, COUNT(o.id) AS orders, COALESCE(SUM(o.total), 0) AS spent
      FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id AND o.status <> 'PLACED'
     WHERE c.id = :customerId
     GROUP BY c.id, c.name, c.city`,
  downstream: "billing",
  method: "PUT",
  path: "/customers/{customerId}",
  whenAbsent: "delete",
});

/** The strategies that the program starts with. */
export const strategiesInCode: readonly StrategyInCode[] = [warehouseOrders, searchProducts, billingCustomers];

/** The one that comes later, as a row of the strategy table: the search service wants orders, too. */
export const strategyInTable: StrategyDefinition = {
  name: "search-orders",
  category: "order",
  query: "SELECT o.id, o.status, o.total FROM orders AS o WHERE o.id = :orderId",
  downstream: "search",
  method: "POST",
  path: "/bulk/orders",
  options: { envelope: true },
  batch: 200,
  concurrency: 2,
  whenAbsent: "delete",
};

/** Where each strategy's data arrives, and all the keys that its category has: for the first load and for the proof. */
export interface Destination {
  readonly strategy: string;
  readonly service: "warehouse" | "search" | "billing";
  readonly collection: string;
  readonly query: string;
  /** Its column is named as the category's field. */
  readonly keys: string;
}

const orderKeys = "SELECT id AS orderId FROM orders";

export const destinations: readonly Destination[] = [
  {
    strategy: "warehouse-orders",
    service: "warehouse",
    collection: "orders",
    query: warehouseOrders.query,
    keys: orderKeys,
  },
  {
    strategy: "search-products",
    service: "search",
    collection: "products",
    query: searchProducts.query,
    keys: "SELECT sku FROM products",
  },
  {
    strategy: "billing-customers",
    service: "billing",
    collection: "customers",
    query: billingCustomers.query,
    keys: "SELECT id AS customerId FROM customers",
  },
  { strategy: "search-orders", service: "search", collection: "orders", query: strategyInTable.query, keys: orderKeys },
];
