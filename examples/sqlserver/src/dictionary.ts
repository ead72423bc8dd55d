import { category } from "@syncline/core";

/** The data dictionary: what can change in the shop, and by which key it is found again. */
export const order = category("order", { orderId: "bigint" });
export const product = category("product", { sku: "string" });
export const customer = category("customer", { customerId: "bigint" });

export const categories = [order, product, customer];
