import { category, type StrategyInCode, strategy } from "@syncline/core";

export const order = category("order", { orderId: "bigint" });
export const customer = category("customer", { customerId: "bigint" });
export const categories = [order, customer];

export const ordersQuery = `SELECT o.id, o.status, o.total, o.note, c.email AS "customer.email"
  FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = :orderId`;

/** The options of a strategy for orders that the tests care about; it sends envelopes to a path named after it. */
export function ordersTo(name: string, extra: Partial<StrategyInCode> & { readonly query?: string } = {}) {
  const { query = ordersQuery, ...options } = extra;
  return strategy(name, {
    downstream: "crm",
    path: `/${name}`,
    whenAbsent: "delete",
    retry: { initialMs: 20, maxMs: 200 },
    timeoutMs: 10_000,
    ...options,
    options: { envelope: true, ...options.options },
    category: order,
    query,
  });
}

/** The same as a row of the strategy table. */
export function asRow({ category: { name: categoryName }, name, ...rest }: StrategyInCode): [string, string] {
  return [name, JSON.stringify({ ...rest, category: categoryName })];
}

export function orderKey(orderId: number): { readonly orderId: string } {
  return { orderId: String(orderId) };
}
