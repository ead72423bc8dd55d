import type { Condition } from "@syncline/core/spi";
import { describe, expect, test } from "vitest";
import { nats } from "./nats.ts";
import type { NatsOptions } from "./options.ts";
import { subjectOf } from "./subject.ts";
import { strategyOf } from "./testing/calls.ts";

const problemsOf = (options: unknown) => nats(options as NatsOptions).checkOptions?.() ?? [];
const placesOf = (problems: readonly { readonly at: string }[]) => problems.map(({ at }) => at);

describe("the downstream's options", () => {
  test("are all judged at once, and no value is repeated", () => {
    const problems = problemsOf({
      servers: ["nats://user:hunter2@broker:4222", "broker:4222", "http://broker"],
      auth: { user: "syncline", token: "hunter2" },
      tls: { cert: "hunter2" },
      connectTimeoutMs: 0,
      server: "broker",
    });
    expect(placesOf(problems).sort()).toEqual(
      ["auth", "connectTimeoutMs", "server", "servers[0]", "servers[2]", "tls"].sort(),
    );
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });

  test.each([
    { servers: "broker" },
    { servers: ["nats://one:4222", "two:4222"], auth: { user: "syncline", password: "env:NATS_PASSWORD" } },
    { servers: "broker:4222", auth: { token: () => "token" }, tls: {} },
    { servers: "[::1]:4222", auth: { credentials: "file:/run/secrets/broker.creds" }, connectTimeoutMs: 1_000 },
  ])("%j is right", (options) => {
    expect(problemsOf(options)).toEqual([]);
  });

  test.each([undefined, null, "broker", {}, { servers: [] }, { servers: "b", auth: null }])("%j is not", (options) => {
    expect(problemsOf(options)).not.toEqual([]);
  });
});

describe("a strategy", () => {
  const check = (more: Parameters<typeof strategyOf>[0]) =>
    placesOf(nats({ servers: "broker" }).checkStrategy?.({ ...strategyOf({}), ...more }) ?? []);

  test("is told all that is wrong with it", () => {
    expect(check({ path: "orders.{total}", method: "PUT", options: { stream: "a.b", streams: "x" } }).sort()).toEqual([
      "method",
      "options.stream",
      "options.streams",
      "path",
    ]);
  });

  test.each([
    "orders.*",
    "orders.>",
    "$JS.API.STREAM.DELETE.ORDERS",
    "_INBOX.x",
    "orders..x",
    "a b",
    ".a",
    "a.",
    "a.{",
    "",
  ])("may not publish to %j", (path) => {
    expect(check({ path })).toEqual(["path"]);
  });

  test.each(["orders", "orders.{orderId}", "crm.order-{orderId}.v1", "Ab_1-c"])("may publish to %j", (path) => {
    expect(check({ path })).toEqual([]);
  });
});

describe("a subject", () => {
  test.each([
    ["plain", "plain"],
    ["12.50", "12%2E50"],
    ["a b", "a%20b"],
    ["*", "%2A"],
    [">", "%3E"],
    ["a%2Eb", "a%252Eb"],
    ["订", "%E8%AE%A2"],
    ["a\r\nPUB x", "a%0D%0APUB%20x"],
  ])("has %j as the one token %j", (value, token) => {
    expect(subjectOf("orders.{orderId}.v1", { orderId: value })).toEqual({ subject: `orders.${token}.v1` });
  });

  test.each<Condition>([{ orderId: "" }, { other: "1" }, { orderId: "\ud800" }, { orderId: "订".repeat(200) }])(
    "cannot be made of %j",
    (key) => {
      expect(subjectOf("orders.{orderId}", key)).toEqual({ fault: expect.any(String) });
    },
  );
});
