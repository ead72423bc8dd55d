import { category, strategy } from "@syncline/core";

export const order = category("order", { orderId: "bigint" });

export const crmOrders = strategy("crm-orders", {
  category: order,
  query: "SELECT id, status FROM orders WHERE id = :orderId",
  downstream: "crm",
  path: "/orders/{orderId}",
  method: "PUT",
  whenAbsent: "delete",
});
