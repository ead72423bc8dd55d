import { fileURLToPath } from "node:url";
import { createPipeline, type StrategyInCode, strategy } from "@syncline/core";
import { isSynclineError } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { grpc } from "@syncline/grpc";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import { soap } from "@syncline/soap";
import { expect, it } from "vitest";
import { categories, order } from "../harness/shop-model.ts";

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function orders(name: string, definition: Partial<StrategyInCode>): StrategyInCode {
  const query = definition.query ?? "SELECT id, status FROM orders WHERE id = :orderId";
  return strategy(name, { downstream: "", path: "", whenAbsent: "skip", ...definition, category: order, query });
}

it("tells all that is wrong with options, files, schemas and strategies of every protocol in one error, each with its place", async () => {
  const pipeline = createPipeline({
    database: postgres({ connectionString: await testDatabase() }),
    categories,
    downstreams: {
      crm: http({ baseUrl: "https://me:planted-secret@crm.example" }),
      web: http({ baseUrl: "https://web.example" }),
      stock: grpc({ address: "127.0.0.1:9", plaintext: true, schema: { proto: file("shop.proto") } }),
      gone: grpc({ address: "127.0.0.1:9", plaintext: true, schema: { proto: file("missing.proto") } }),
      billing: soap({ wsdl: file("shop.wsdl") }),
      unread: soap({ wsdl: file("missing.wsdl") }),
    },
    strategies: [
      orders("credentials", { downstream: "crm", path: "/orders/{orderId}" }),
      orders("template", { downstream: "crm", path: "/orders", query: "SELECT 1 WHERE :customerId = 1" as string }),
      orders("nowhere", { downstream: "erp", path: "/orders" }),
      orders("path", { downstream: "web", path: "//else.example/orders" }),
      orders("method", { downstream: "stock", path: "shop.v1.Orders/Delete" }),
      orders("field", {
        downstream: "stock",
        path: "shop.v1.Orders/Put",
        options: { stamp: { revision: "revision" } },
      }),
      orders("operation", { downstream: "billing", path: "Delete" }),
      orders("element", { downstream: "billing", path: "Put", options: { stamp: { revision: "revision" } } }),
      orders("fine", { downstream: "stock", path: "shop.v1.Orders/Put" }),
    ],
  });
  const error: unknown = await pipeline.start().catch((thrown: unknown) => thrown);
  await pipeline.stop();
  if (!isSynclineError(error)) throw error;
  expect(error.code).toBe("config.invalid");
  expect(error.problems.map(({ at }) => at)).toEqual([
    "downstreams.crm.baseUrl",
    "downstreams.gone.schema.proto[0]",
    "downstreams.unread.wsdl",
    "strategies.template.query:1:16",
    "strategies.nowhere.downstream",
    "strategies.path.path",
    "strategies.method.path",
    "strategies.field.options.stamp.revision",
    "strategies.operation.path",
    "strategies.element.options.stamp.revision",
  ]);
  for (const { at } of error.problems) expect(error.message).toContain(at);
  expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("planted-secret");
});
