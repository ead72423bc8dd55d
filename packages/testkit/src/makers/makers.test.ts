import { category, strategy } from "@syncline/core";
import type { Strategy } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import { testCall, testClaim, testDelivery, testItem, testStrategy } from "../index.ts";

describe("testStrategy", () => {
  it("has every default that a pipeline fills in", () => {
    expect(testStrategy()).toMatchObject({ batch: 1, concurrency: 8, retry: { maxAttempts: 12 }, rate: undefined });
  });

  it("takes what a test says of it, a strategy in code, or parts of one that is resolved", () => {
    const item = category("item", { code: "string" });
    const query = "SELECT 1 WHERE 'a' = :code" as const;
    const rate: Partial<Strategy> = { rate: { perSecond: 5, burst: 2 }, method: undefined };
    expect(testStrategy({ ...rate, category: item, query, retry: { maxAttempts: 3 } })).toMatchObject({
      category: { name: "item" },
      query,
      rate: { perSecond: 5, burst: 2 },
      method: undefined,
      retry: { maxAttempts: 3, initialMs: 1_000 },
    });
    const { path, downstream } = testStrategy();
    const options = { category: item, query, downstream, path, whenAbsent: "delete" } as const;
    expect(testStrategy(strategy("in-code", options))).toMatchObject({ name: "in-code", whenAbsent: "delete" });
  });

  it("takes undefined for the default", () => {
    expect(testStrategy({ batch: undefined, downstream: undefined })).toEqual(testStrategy());
  });

  it("throws what a pipeline says of a strategy that it refuses", () => {
    expect(() => testStrategy({ batch: 0 })).toThrow(/orders\.batch: It must be a whole number/);
  });
});

describe("what is made for tests", () => {
  it("is of one strategy, unless a test says otherwise", () => {
    const { name, category, path } = testStrategy();
    expect(testCall()).toMatchObject({ strategy: name, category: category.name, path });
    expect(testDelivery()).toMatchObject({ strategy: name, key: '{"orderId":"1"}' });
    expect(testClaim()).toMatchObject({ strategy: name, key: '{"orderId":"1"}' });
    expect(testClaim({ attempts: 3, id: "9" })).toMatchObject({ attempts: 3, id: "9", revision: "1", epoch: 0 });
  });

  it("carries a body as the JSON text that it is", () => {
    expect(testItem({ key: { orderId: "7" }, body: { id: 7 } })).toMatchObject({
      deliveryId: "delivery-7",
      json: '{"id":7}',
    });
    expect(testItem({ body: null, json: "null " }).json).toBe("null ");
  });
});
