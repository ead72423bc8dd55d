import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { callOf, folder, patient, quiet, shopProto } from "./testing/calls.ts";
import { type ShopServer, shopServer } from "./testing/shop-server.ts";

let shop: ShopServer;
beforeEach(async () => {
  shop = await shopServer();
});
afterEach(() => shop.stop());

const open = () =>
  grpc({ address: shop.address, plaintext: true, schema: { proto: shopProto, include: [folder] } }).open({
    downstream: "crm",
    log: quiet,
  });

describe("a document as a message", () => {
  it("keeps every value, by the names of the file or of ProtoJSON", async () => {
    const invoker = open();
    const document = {
      id: "9007199254740993",
      total: "12345678901234567890.10",
      placed_at: "2026-01-02T03:04:05.678901Z",
      extra: { a: [1, null, { b: "x" }] },
      status: "PAID",
      raw: "AAECAwT/",
      quantity: "9223372036854775807",
      customer: { email: "ü@example.com" },
      card: "4711",
      rate: "0.1",
      express: true,
      tags: ["a", ""],
      watchers: [{ email: "b" }],
      labels: { "odd key": "v" },
    };
    expect(await invoker.invoke(callOf([document]), patient())).toEqual({ status: "accepted" });
    const { placed_at, ...rest } = document;
    expect(shop.orders).toEqual([{ ...rest, placedAt: placed_at, rate: 0.1 }]);
    await invoker.invoke(callOf([{ placedAt: "2026-01-02T03:04:05Z", total: null }]), patient());
    expect(shop.orders[1]).toEqual({ placedAt: "2026-01-02T03:04:05Z" });
    await invoker.close?.();
  });

  it.each<[string, object, string]>([
    ["a column that is no field", { nope: 1 }, "nope is no field of Order"],
    [
      "a member of a column that is no field",
      { customer: { secret: "x" } },
      "customer has a member that is no field of Customer",
    ],
    ["a text that is no integer", { id: "secret-abc" }, "id does not fit: invalid integer"],
    ["a text where a message is", { customer: "secret-abc" }, "customer is no object, and the message has fields"],
    [
      "an element of a list",
      { watchers: [{ email: "a" }, { email: 5 }] },
      "watchers.1.email does not fit: expected string",
    ],
    ["an unknown name of an enum", { status: "secret-abc" }, "status does not fit: unknown enum value"],
    ["a time that is none", { placed_at: "secret-abc" }, "placed_at does not fit: invalid timestamp"],
    ["bytes that are not base64", { raw: "*secret*" }, "raw does not fit: invalid encoding"],
    ["a number too large for its type", { quantity: "9223372036854775808" }, "quantity does not fit"],
    [
      "a decimal that a double would round",
      { rate: "12345678901234567.89" },
      "rate has more digits than the field's type holds",
    ],
    ["a number that has lost digits already", { id: 2 ** 53 }, "id has more digits than the field's type holds"],
    ["a text for a boolean", { express: "true" }, "express does not fit: expected boolean"],
    ["two of a oneof", { card: "a", cash: "b" }, "the document does not fit: multiple values for oneof payment"],
    ["half a character", { total: "\ud800" }, "total does not fit"],
    ["a list instead of a row", [1], "the document is no object"],
  ])("is unsendable with %s, named without its value", async (_, document, words) => {
    const invoker = open();
    const outcome = await invoker.invoke(callOf([document as never]), patient());
    expect(outcome).toMatchObject({
      status: "unsendable",
      failures: [{ index: 0, failure: { kind: "rejected", code: "grpc.message", effect: "no" } }],
    });
    expect(JSON.stringify(outcome)).toContain(words);
    expect(JSON.stringify(outcome)).not.toContain("secret");
    expect(shop.orders).toEqual([]);
    await invoker.close?.();
  });

  it("of a list names all that are unsendable, and sends none", async () => {
    const invoker = open();
    const options = { list: "orders", fixed: { source: "shop" } };
    const call = callOf([{ id: "1" }, { nope: 1 }, { id: "x" }], {
      path: "shop.v1.Orders/PutAll",
      batched: true,
      options,
    });
    const outcome = await invoker.invoke(call, patient());
    expect(outcome).toMatchObject({ status: "unsendable", failures: [{ index: 1 }, { index: 2 }] });
    expect(shop.batches).toEqual([]);
    const good = callOf([{ id: "1" }, { id: "2" }], { ...call, items: undefined as never, callId: "call-2" });
    expect(
      await invoker.invoke(
        { ...call, items: callOf([{ id: "1" }, { id: "2" }]).items, callId: good.callId },
        patient(),
      ),
    ).toEqual({ status: "accepted" });
    expect(shop.batches).toEqual([{ orders: [{ id: "1" }, { id: "2" }], source: "shop" }]);
    await invoker.close?.();
  });
});

it("describes a call without credentials, and without sending", async () => {
  const invoker = open();
  await invoker.invoke(callOf([{ id: "1" }]), patient());
  expect(invoker.describe?.(callOf([{ id: "2" }]))).toMatchObject({
    method: "/shop.v1.Orders/Put",
    request: { id: "2" },
  });
  expect(invoker.describe?.(callOf([{ nope: "2" }]))).toEqual({ problem: "nope is no field of Order" });
  expect(shop.orders).toHaveLength(1);
  await invoker.close?.();
});
