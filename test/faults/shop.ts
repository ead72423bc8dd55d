import { category, strategy } from "@syncline/core";
import type { StrategyFacts } from "../../packages/testkit/src/history/observation.ts";

export const order = category("order", { orderId: "bigint" });
export const customer = category("customer", { customerId: "bigint" });
export const categories = [order, customer];

export const schema = `
  CREATE TABLE customers (id bigint PRIMARY KEY, stamp text NOT NULL);
  CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id),
    status text NOT NULL, stamp text NOT NULL
  );
  CREATE TABLE order_lines (order_id bigint NOT NULL, line bigint NOT NULL, stamp text NOT NULL);
  CREATE TABLE truth (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    category text NOT NULL, key text NOT NULL, stamp text NOT NULL
  );
  CREATE FUNCTION customer_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
  BEGIN
    PERFORM syncline.record_change('customer', jsonb_build_object('customerId', NEW.id));
    RETURN NULL;
  END $body$;
  CREATE TRIGGER customer_changed AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION customer_changed();
  INSERT INTO customers SELECT n, 'first' FROM generate_series(1, 5) AS n`;

const joined = `SELECT o.id, o.status, o.stamp, c.stamp AS "customerStamp"
  FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = :orderId`;
const lines = "SELECT l.line, l.stamp FROM order_lines l WHERE l.order_id = :orderId ORDER BY l.line";
const retry = { initialMs: 5, maxMs: 40, maxAttempts: 1_000 };
const common = { downstream: "shop", whenAbsent: "delete", timeoutMs: 300, retry } as const;

/** A 2xx answer may still say no. */
const ok = { path: "status", in: ["OK"] };
const envelope = { envelope: true, answer: { ok } };

/** How a batch's answer names the items that failed. */
const answer = { ok, items: { path: "errors", index: "index", code: "code", kind: "transient" } };

export const strategies = [
  strategy("mirror", { ...common, category: order, query: joined, path: "/mirror", method: "PUT", options: envelope }),
  strategy("every", { ...common, category: order, query: joined, path: "/every", coalesce: false, options: envelope }),
  strategy("paid", {
    ...common,
    category: order,
    query: `${joined} AND o.status = 'PAID'`,
    path: "/paid",
    batch: 5,
    concurrency: 1,
    options: { ...envelope, answer },
  }),
  strategy("once", {
    ...common,
    category: order,
    query: joined,
    path: "/once",
    idempotent: false,
    timeoutMs: 1_000,
    options: envelope,
  }),
  strategy("quiet", {
    ...common,
    category: order,
    query: joined,
    path: "/quiet",
    debounce: { quietMs: 20, maxMs: 100 },
    retry: { ...retry, maxAttempts: 4 },
    options: envelope,
  }),
  strategy("must", {
    ...common,
    category: order,
    query: joined,
    path: "/must",
    whenAbsent: "dead",
    rate: { perSecond: 500 },
    options: envelope,
  }),
  strategy("lines", { ...common, category: order, query: lines, path: "/lines", rows: "many", options: envelope }),
  strategy("customers", {
    ...common,
    category: customer,
    query: "SELECT id, stamp FROM customers WHERE id = :customerId",
    path: "/customers",
    whenAbsent: "skip",
    options: envelope,
  }),
];

export const facts: readonly StrategyFacts[] = strategies.map((each) => ({
  name: each.name,
  category: each.category.name,
  strict: each.coalesce === false,
  idempotent: each.idempotent !== false,
  whenAbsent: each.whenAbsent ?? "delete",
  maxAttempts: each.retry?.maxAttempts ?? 12,
}));
