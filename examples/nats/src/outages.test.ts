import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { callOf, dueIn, openNats } from "./testing/calls.ts";
import { NatsServer, natsServerProgram } from "./testing/nats-server.ts";
import { Streams } from "./testing/streams.ts";

const program = natsServerProgram();

describe.skipIf(program === undefined)("a broker's outage", () => {
  let server: NatsServer;

  beforeEach(async () => {
    server = await NatsServer.start(program ?? "");
    const streams = await Streams.on(server);
    await streams.renew();
    await streams.close();
  });
  afterEach(() => server?.close());

  const open = (connectTimeoutMs = 5_000) =>
    openNats({ servers: server.address, auth: { user: "syncline", password: server.password }, connectTimeoutMs });
  const order = (orderId: string) => callOf([{ orderId }]);
  const keptOrders = async () => {
    const streams = await Streams.on(server);
    const kept = await streams.kept();
    await streams.close();
    return kept.map(({ subject }) => subject);
  };

  test("that kills it costs no message: what was accepted is there after, what failed can be sent again", async () => {
    const invoker = open();
    expect(await invoker.invoke(order("1"), dueIn(5_000))).toEqual({ status: "accepted" });
    await server.end("SIGKILL");
    const outcome = await invoker.invoke(order("2"), dueIn(5_000));
    expect(outcome).toMatchObject({ status: "failed", failure: { kind: "unavailable" } });
    expect(await invoker.check?.(dueIn(5_000))).toMatchObject({ kind: "unavailable", effect: "no" });
    await server.start();
    expect(await invoker.check?.(dueIn(5_000))).toBeUndefined();
    expect(await invoker.invoke(order("2"), dueIn(5_000))).toEqual({ status: "accepted" });
    await invoker.close?.();
    expect(await keptOrders()).toEqual(["orders.1", "orders.2"]);
  });

  test("that freezes it may have kept the message; sent again, it is there once", async () => {
    const invoker = open();
    expect(await invoker.invoke(order("1"), dueIn(5_000))).toEqual({ status: "accepted" });
    await server.freeze();
    const outcome = await invoker.invoke(order("2"), dueIn(300));
    expect(outcome).toMatchObject({ status: "failed", failure: { kind: "unavailable", effect: "maybe" } });
    server.thaw();
    expect(await invoker.invoke(order("2"), dueIn(10_000))).toEqual({ status: "accepted" });
    await invoker.close?.();
    expect(await keptOrders()).toEqual(["orders.1", "orders.2"]);
  });

  test("that freezes it keeps nobody who calls for the first time, and nothing of theirs comes later", async () => {
    await server.freeze();
    const invoker = open(200);
    const outcome = await invoker.invoke(order("1"), dueIn(10_000));
    expect(outcome).toMatchObject({ status: "failed", failure: { kind: "unavailable", effect: "no" } });
    server.thaw();
    expect(await invoker.invoke(order("2"), dueIn(10_000))).toEqual({ status: "accepted" });
    await invoker.close?.();
    expect(await keptOrders()).toEqual(["orders.2"]);
  });

  test("does not keep a transport from closing", async () => {
    const invoker = open();
    expect(await invoker.invoke(order("1"), dueIn(5_000))).toEqual({ status: "accepted" });
    await server.freeze();
    await invoker.close?.();
    expect(await invoker.invoke(order("2"), dueIn(5_000))).toMatchObject({ failure: { code: "nats.closed" } });
  });
});
