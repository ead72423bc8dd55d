import type { SyncInvoker } from "@syncline/core/spi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { NatsOptions } from "./options.ts";
import { callOf, dueIn, openNats } from "./testing/calls.ts";
import { NatsServer, natsServerProgram } from "./testing/nats-server.ts";
import { Streams } from "./testing/streams.ts";

const program = natsServerProgram();

describe.skipIf(program === undefined)("a real broker", () => {
  let server: NatsServer;
  let streams: Streams;
  let invoker: SyncInvoker;

  const options = (more: Partial<NatsOptions> = {}): NatsOptions => ({
    servers: server.address,
    auth: { user: "syncline", password: server.password },
    ...more,
  });
  const order = (orderId: string) => ({ orderId });

  beforeAll(async () => {
    server = await NatsServer.start(program ?? "");
    streams = await Streams.on(server);
    await streams.addCorners();
  });
  afterAll(async () => {
    await streams?.close();
    await server?.close();
  });
  beforeEach(async () => {
    await streams.renew();
    invoker = openNats(options());
  });
  afterEach(() => invoker.close?.());

  test("keeps the document under its subject, with what a consumer needs to know beside it", async () => {
    const trace = { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" };
    const [item] = callOf([order("4.2")]).items;
    if (item === undefined) throw new Error("there is one");
    const call = callOf([], { items: [{ ...item, version: "2026\nΩ" }] });
    expect(await invoker.invoke(call, { ...dueIn(5_000), trace })).toEqual({ status: "accepted" });
    const [kept] = await streams.kept();
    expect(kept?.subject).toBe("orders.4%2E2");
    expect(kept?.text).toBe('{"orderId":"4.2","total":"12.50"}');
    expect(Object.fromEntries([...(kept?.headers ?? [])].map(([name, [value]]) => [name, value]))).toEqual({
      "Nats-Msg-Id": 'delivery-{"orderId":"4.2"}',
      "Syncline-Call-Id": "call-1",
      "Syncline-Category": "order",
      "Syncline-Operation": "upsert",
      "Syncline-Key": '{"orderId":"4.2"}',
      "Syncline-Revision": "7",
      "Syncline-Version": "2026\\u000a\\u03a9",
      ...trace,
    });
  });

  test("keeps a delete as a message without a body", async () => {
    await invoker.invoke(callOf([order("1")], { operation: "delete" }), dueIn(5_000));
    const [kept] = await streams.kept();
    expect([kept?.text, kept?.headers.get("Syncline-Operation")]).toEqual(["", "delete"]);
  });

  test("keeps once what is sent again under the same delivery id", async () => {
    const call = callOf([order("1")]);
    expect(await invoker.invoke(call, dueIn(5_000))).toEqual({ status: "accepted" });
    expect(await invoker.invoke({ ...call, attempt: 2 }, dueIn(5_000))).toEqual({ status: "accepted" });
    expect(await streams.kept()).toHaveLength(1);
  });

  test("takes the others of a list where one is larger than it allows", async () => {
    const large = callOf([order("large")], {}, { text: "x".repeat(1_100_000) });
    const call = callOf([order("1"), order("2"), order("3")]);
    const [first, , third] = call.items;
    const [second] = large.items;
    if (first === undefined || second === undefined || third === undefined) throw new Error("there are three");
    const outcome = await invoker.invoke({ ...call, items: [first, second, third] }, dueIn(5_000));
    expect(outcome).toEqual({
      status: "partial",
      failures: [{ index: 1, failure: expect.objectContaining({ kind: "too-large", effect: "no" }) }],
    });
    expect((await streams.kept()).map(({ subject }) => subject).sort()).toEqual(["orders.1", "orders.3"]);
  });

  test("gets nothing of a call of which one item has no subject", async () => {
    const outcome = await invoker.invoke(callOf([order("1"), order("")]), dueIn(5_000));
    expect(outcome).toMatchObject({ status: "unsendable", failures: [{ index: 1, failure: { effect: "no" } }] });
    expect(await streams.kept()).toEqual([]);
  });

  test.each([
    ["no stream takes the subject", { path: "nowhere.{orderId}" }, "misconfigured"],
    ["another stream takes it", { options: { stream: "PAYMENTS" } }, "misconfigured"],
    ["the user may not publish there", { path: "forbidden.{orderId}" }, "unauthorized"],
    ["the stream is full", { path: "full.{orderId}" }, "throttled"],
    ["the stream takes no message of this size", { path: "small.{orderId}" }, "too-large"],
  ] as const)("refuses when %s", async (_, parts, kind) => {
    const outcome = await invoker.invoke(callOf([order("1")], parts), dueIn(5_000));
    expect(outcome).toMatchObject({ status: "failed", failure: { kind, effect: "no" } });
  });

  test("lets nobody in with a wrong password, and no message says which it was", async () => {
    const stranger = openNats(options({ auth: { user: "syncline", password: "hunter2-wrong" } }));
    const outcome = await stranger.invoke(callOf([order("1")]), dueIn(5_000));
    expect(outcome).toMatchObject({ status: "failed", failure: { kind: "unauthorized", effect: "no" } });
    expect(await stranger.check?.(dueIn(5_000))).toMatchObject({ kind: "unauthorized" });
    expect(JSON.stringify(outcome)).not.toContain("hunter2");
    await stranger.close?.();
  });

  test.each([
    ["a secret that is not there", { auth: { token: "env:SYNCLINE_NO_SUCH_VARIABLE" } }, "unauthorized"],
    ["TLS where the broker has none", { tls: {} }, "misconfigured"],
    ["a name that does not exist", { servers: "nats.invalid" }, "unavailable"],
  ] as const)("is not reached with %s", async (_, more, kind) => {
    const stranger = openNats(options(more));
    const outcome = await stranger.invoke(callOf([order("1")]), dueIn(10_000));
    expect(outcome).toMatchObject({ status: "failed", failure: { kind, effect: "no" } });
    await stranger.close?.();
  });

  test("is reached through whichever of its servers is there", async () => {
    const several = openNats(options({ servers: ["127.0.0.1:1", server.address, "127.0.0.1:2"] }));
    expect(await several.invoke(callOf([order("1")]), dueIn(5_000))).toEqual({ status: "accepted" });
    await several.close?.();
  });
});
