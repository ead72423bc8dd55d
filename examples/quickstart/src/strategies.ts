import { type StrategyInCode, strategy } from "@syncline/core";
import type { StrategyDefinition } from "@syncline/core/spi";
import { customer, order, product } from "./dictionary.ts";

/** The warehouse packs what is paid, and nothing else: an order that is shipped or cancelled is deleted there. */
const warehouseOrders = strategy("warehouse-orders", {
  category: order,
  query: `
    SELECT o.id, o.total, c.name AS "customer.name", c.city AS "customer.city",
           (SELECT jsonb_agg(jsonb_build_object('product', l.product_id, 'quantity', l.quantity) ORDER BY l.product_id)
              FROM order_lines l WHERE l.order_id = o.id) AS lines
      FROM orders o JOIN customers c ON c.id = o.customer_id
     WHERE o.id = :orderId AND o.status = 'PAID'`,
  downstream: "warehouse",
  method: "PUT",
  path: "/orders/{orderId}",
  whenAbsent: "delete",
});

/** Each call to the search service costs the same however much it carries: up to 200 products go in one. */
const searchProducts = strategy("search-products", {
  category: product,
  query: "SELECT p.sku, p.title, p.price, p.stock FROM products p WHERE p.sku = :sku AND p.listed",
  downstream: "search",
  path: "search.v1.Catalogue/PutProducts",
  options: {
    list: "products",
    stamp: { revision: "revision" },
    delete: { path: "search.v1.Catalogue/DeleteProducts", list: "products" },
  },
  batch: 200,
  concurrency: 2,
  whenAbsent: "delete",
});

/** What a customer has spent is nowhere in the shop's tables: the query adds it up when it is sent. */
const billingCustomers = strategy("billing-customers", {
  category: customer,
  query: `
    SELECT c.id, c.name, c.city, count(o.id) AS orders, coalesce(sum(o.total), 0) AS spent
      FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status <> 'PLACED'
     WHERE c.id = :customerId
     GROUP BY c.id`,
  downstream: "billing",
  path: "PutCustomer",
  options: { delete: { path: "DeleteCustomer" } },
  whenAbsent: "delete",
});

/** Orders again, in other words for another downstream: an invoice for what is paid, shipped or not. */
const billingInvoices = strategy("billing-invoices", {
  category: order,
  query: `
    SELECT o.id, c.name AS customer, o.total
      FROM orders o JOIN customers c ON c.id = o.customer_id
     WHERE o.id = :orderId AND o.status <> 'PLACED'`,
  downstream: "billing",
  path: "PutInvoice",
  options: { delete: { path: "DeleteInvoice" } },
  concurrency: 8,
  whenAbsent: "delete",
});

/** The strategies that the program starts with. */
export const strategiesInCode: readonly StrategyInCode[] = [
  warehouseOrders,
  searchProducts,
  billingCustomers,
  billingInvoices,
];

/** The one that comes later, as a row of the strategy table: the search service wants orders, too. */
export const strategyInTable: StrategyDefinition = {
  name: "search-orders",
  category: "order",
  query: `
    SELECT o.id, o.status, o.total, sum(l.quantity) AS pieces
      FROM orders o JOIN order_lines l ON l.order_id = o.id
     WHERE o.id = :orderId
     GROUP BY o.id`,
  downstream: "search",
  path: "search.v1.Catalogue/PutOrders",
  options: {
    list: "orders",
    stamp: { revision: "revision" },
    delete: { path: "search.v1.Catalogue/DeleteOrders", list: "orders" },
  },
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

const orderKeys = 'SELECT id AS "orderId" FROM orders';

export const destinations: readonly Destination[] = [
  { ...at("warehouse", "orders"), strategy: "warehouse-orders", query: warehouseOrders.query, keys: orderKeys },
  {
    ...at("search", "products"),
    strategy: "search-products",
    query: searchProducts.query,
    keys: "SELECT sku FROM products",
  },
  {
    ...at("billing", "customers"),
    strategy: "billing-customers",
    query: billingCustomers.query,
    keys: 'SELECT id AS "customerId" FROM customers',
  },
  { ...at("billing", "invoices"), strategy: "billing-invoices", query: billingInvoices.query, keys: orderKeys },
  { ...at("search", "orders"), strategy: strategyInTable.name, query: strategyInTable.query, keys: orderKeys },
];

function at(service: Destination["service"], collection: string) {
  return { service, collection };
}
