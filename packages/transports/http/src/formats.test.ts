import { type CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { checkHttpStrategy } from "./strategy-checks.ts";
import { batch, failureOf, given, gone, item, strategy, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

const events = { format: "cloudevents" } as const;

eachEngine("a body's format", ({ server, downstream, answering }) => {
  const received = () => {
    const { headers, text } = server().last;
    return { headers, body: text };
  };

  it("is one document a line for ndjson", async () => {
    await downstream().invoke(batch(["1", "2"], { options: { format: "ndjson" } }), given().context);
    const { headers, body } = received();
    expect(headers["content-type"]).toBe("application/x-ndjson");
    expect(body.endsWith("\n")).toBe(true);
    expect(
      body
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { id: "1", total: "12.50" },
      { id: "2", total: "12.50" },
    ]);
  });

  it("is an event that the CloudEvents library takes for valid", async () => {
    await downstream().invoke(
      upsert({ options: events, items: [item("42", { a: "ü" }, { version: "v9" })] }),
      given().context,
    );
    const event = HTTP.toEvent<{ a: string }>(received()) as CloudEvent<{ a: string }>;
    expect(event.validate()).toBe(true);
    expect(event.toJSON()).toMatchObject({
      specversion: "1.0",
      id: "delivery-42",
      source: "/syncline/crm-orders",
      type: "order.changed",
      subject: "42",
      synclinerevision: "7",
      synclineversion: "v9",
      data: { a: "ü" },
    });
  });

  it("is a batch of events for a list, with the source and type that the strategy gives", async () => {
    const options = { ...events, cloudevents: { source: "https://shop.example.com", type: "com.example.order" } };
    await downstream().invoke(batch(["1", "2"], { options }), given().context);
    expect(received().headers["content-type"]).toBe("application/cloudevents-batch+json");
    const found = HTTP.toEvent(received()) as CloudEvent<unknown>[];
    expect(found.map((event) => [event.validate(), event.id, event.source, event.type])).toEqual(
      ["1", "2"].map((id) => [true, `delivery-${id}`, "https://shop.example.com", "com.example.order.changed"]),
    );
  });

  it("tells a delete as an event without data, to where everything goes", async () => {
    const call = gone({ options: events, items: [item("42", null, { key: { orderId: "42", line: "1" } })] });
    await downstream().invoke(call, given().context);
    const event = HTTP.toEvent(received()) as CloudEvent<unknown>;
    expect([server().last.method, event.validate(), event.type, event.subject, event.data]).toEqual([
      "PUT",
      true,
      "order.deleted",
      '{"orderId":"42","line":"1"}',
      undefined,
    ]);
  });

  describe("a Standard Webhooks signature", () => {
    const key = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
    const older = `whsec_${Buffer.from("fedcba9876543210fedcba9876543210").toString("base64")}`;

    it("is one that the library verifies, with each of the keys, compressed or not", async () => {
      for (const gzip of [false, true]) {
        const body = { text: "ü".repeat(2_000) };
        const signed = downstream({ signature: { standardWebhooks: [older, key] }, gzip });
        await signed.invoke(upsert({ items: [item("42", body)] }), given().context);
        const headers = Object.fromEntries(
          Object.entries(server().last.headers).map(([name, value]) => [name, String(value)]),
        );
        const text = JSON.stringify(body);
        for (const each of [older, key]) expect(new Webhook(each).verify(text, headers)).toEqual(body);
        expect(() => new Webhook(key).verify(`${text} `, headers)).toThrow();
        expect(headers["webhook-id"]).toBe("call-1");
      }
    });

    it("that cannot be made is unauthorized, and nothing is sent", async () => {
      const found = failureOf(
        await downstream({ signature: { standardWebhooks: ["not base64 at all"] } }).invoke(upsert(), given().context),
      );
      expect(found).toMatchObject({ kind: "unauthorized", code: "http.secret", effect: "no" });
      expect(JSON.stringify(found)).not.toContain("not base64 at all");
      expect(server().received).toEqual([]);
    });

    it("shows its key nowhere", async () => {
      answering(422, {}, JSON.stringify({ error: `what is ${key}?` }));
      const call = upsert({ options: { answer: { message: "error" } } });
      const found = failureOf(
        await downstream({ signature: { standardWebhooks: [key] } }).invoke(call, given().context),
      );
      expect(found.message).toContain("[secret]");
    });
  });
});

describe("a strategy's format", () => {
  const problems = (parts: object, batched = true) =>
    checkHttpStrategy(strategy({ path: "/orders", batch: batched ? 10 : 1, ...parts }), { allowed: [], taken: [] });

  it("is refused where it makes no sense", () => {
    expect(problems({ options: { format: "yaml" } })).toMatchObject([{ at: "options.format" }]);
    expect(problems({ options: { format: "ndjson" } }, false)).toMatchObject([{ at: "options.format" }]);
    expect(problems({ options: { format: "ndjson", wrap: "items" } })).toMatchObject([{ at: "options.wrap" }]);
    expect(problems({ options: { ...events, envelope: true, wrap: "a" } })).toMatchObject([
      { at: "options.wrap" },
      { at: "options.envelope" },
    ]);
    expect(problems({ options: { cloudevents: { source: "a" } } })).toMatchObject([{ at: "options.cloudevents" }]);
    expect(problems({ options: { ...events, cloudevents: { source: "a b" } } })).toMatchObject([
      { at: "options.cloudevents.source" },
    ]);
  });

  it("lets events tell a delete at the strategy's own path, without the key in it", () => {
    expect(problems({ options: events, whenAbsent: "delete" }, false)).toEqual([]);
  });
});
