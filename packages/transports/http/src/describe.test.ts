import { expect, it } from "vitest";
import { http } from "./http.ts";
import { quiet, upsert } from "./testing/calls.ts";

const open = (options: Partial<Parameters<typeof http>[0]> = {}) =>
  http({ baseUrl: "http://127.0.0.1:9/api", ...options }).open({ downstream: "crm", log: quiet });

it("tells the request that would be made", async () => {
  const invoker = open();
  expect(invoker.describe?.(upsert())).toEqual({
    method: "PUT",
    url: "http://127.0.0.1:9/api/orders/42",
    headers: {
      accept: "application/json, */*;q=0.1",
      "content-type": "application/json",
      "idempotency-key": "call-1",
      "syncline-revision": "7",
    },
    body: '{"id":"42","total":"12.50"}',
  });
  await invoker.close?.();
});

it("tells why there would be none", async () => {
  const invoker = open();
  expect(invoker.describe?.(upsert({ path: "orders" }))).toEqual({ problem: expect.stringContaining("path") });
  await invoker.close?.();
});

it("tells no credentials", async () => {
  const invoker = open({ auth: { bearer: "planted-secret" }, headers: { "x-tenant": "env:PATH" } });
  expect(JSON.stringify(invoker.describe?.(upsert()))).not.toMatch(/planted-secret|authorization|x-tenant/i);
  await invoker.close?.();
});
