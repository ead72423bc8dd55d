import { describe, expect, it } from "vitest";
import type { CaptureReport, CaptureTarget, ChangeCapture } from "../contracts/change-capture.ts";
import { category, createDictionary } from "../model/category.ts";
import { captureOperator } from "./capture-operator.ts";

const order = category("order", { orderId: "bigint" }, { table: "shop.orders" });
const customer = category("customer", { id: "bigint" });

function operating(capture: boolean) {
  const asked: [string, CaptureTarget][] = [];
  const member = (name: string) => async (target: CaptureTarget) => {
    asked.push([name, target]);
    return {} as CaptureReport;
  };
  const part: ChangeCapture = { install: member("install"), show: member("show"), remove: member("remove") };
  const operator = captureOperator({
    during: (work) => work(new AbortController().signal),
    dictionary: () => createDictionary([order, customer]),
    capture: () => (capture ? part : undefined),
  });
  return { operator, asked };
}

describe("capture", () => {
  it("is asked for the category's own source, or for the one that is given", async () => {
    const { operator, asked } = operating(true);
    const lines = { table: "shop.lines", columns: { orderId: "order_id" } };
    await operator.install("order");
    await operator.show("order", lines);
    await operator.remove("customer", { table: "shop.customers" });
    expect(asked).toEqual([
      ["install", { category: order, source: { table: "shop.orders" } }],
      ["show", { category: order, source: lines }],
      ["remove", { category: customer, source: { table: "shop.customers" } }],
    ]);
  });

  it.each([
    ["a category that is not there", "odrer", undefined, true, "there are: order, customer"],
    ["a category without a source", "customer", undefined, true, "names no source"],
    ["a source that is not in order", "order", { tabel: "x" } as never, true, "source.tabel"],
    ["an adapter that cannot", "order", undefined, false, "captures no changes"],
  ])("is refused for %s", async (_, name, source, capture, words) => {
    const { operator } = operating(capture);
    await expect(operator.install(name, source)).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringContaining(words),
    });
  });
});
