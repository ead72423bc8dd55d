import { expectTypeOf, it } from "vitest";
import { category } from "./category.ts";
import { strategy } from "./strategy-in-code.ts";
import type { CheckedTemplate } from "./template-types.ts";

const order = category("order", { orderId: "bigint", region: "string", at: "timestamp" });
const rest = { category: order, downstream: "crm", path: "/", whenAbsent: "skip" } as const;

it("infers the condition from the category", () => {
  expectTypeOf(order.changed).parameter(0).toEqualTypeOf<{
    readonly orderId: bigint | number | string;
    readonly region: string;
    readonly at: string;
  }>();
  // @ts-expect-error a field is missing
  order.changed({ orderId: 1n, region: "EU" });
  // @ts-expect-error there is no such field
  order.changed({ orderId: 1n, region: "EU", at: "2026-01-01T00:00:00Z", x: 1 });
});

it("lets a template use the category's fields", () => {
  strategy("s", { ...rest, query: "SELECT 1 WHERE id = :orderId AND region=:region AND at > :at" });
  strategy("s", { ...rest, query: `SELECT total::numeric, ':x' AS "a:b", '12:30' FROM t WHERE id = :orderId::bigint` });
  strategy("s", { ...rest, query: `SELECT 1 -- :whatever, don't\n WHERE id = :orderId` });
  strategy("s", { ...rest, query: `SELECT a[1:2] /* :x */ FROM t WHERE id = :orderId` });
  strategy("s", { ...rest, query: "SELECT 1 WHERE id = :orderId" as string });
});

it("names a parameter that is no field", () => {
  expectTypeOf<
    CheckedTemplate<"SELECT ':a' FROM t WHERE id = :orderId::bigint AND c = :nope", "orderId">
  >().toEqualTypeOf<"The template's parameter :nope is not a key field of the category">();
  expectTypeOf<CheckedTemplate<"SELECT :orderId", "orderId">>().toEqualTypeOf<"SELECT :orderId">();
  // @ts-expect-error :orderID is not a key field
  strategy("s", { ...rest, query: "SELECT 1 WHERE id = :orderID" });
  // @ts-expect-error :customer is not a key field
  strategy("s", { ...rest, query: `SELECT '::x' AS "y" FROM t WHERE id = :orderId AND c = :customer` });
});
