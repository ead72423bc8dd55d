import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { Outcome } from "@syncline/core/spi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ObserveOptions, observe } from "./index.ts";
import { eventually, openScene } from "./testing/scene.ts";

const secret = "s3cr3t-of-the-row";
const unavailable: Outcome = {
  status: "failed",
  failure: { kind: "unavailable", code: "http.503", message: `${secret} is away`, effect: "no" },
};
const stops: (() => unknown)[] = [];
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
});
afterAll(async () => {
  for (const stop of stops) await stop();
  context.disable();
  propagation.disable();
});

async function observed(answer: Parameters<typeof openScene>[0], options: ObserveOptions = {}) {
  const scene = openScene(answer);
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const stop = observe(scene.pipeline, { tracerProvider, meterProvider, ...options });
  stops.push(() => scene.pipeline.stop({ timeoutMs: 0 }));
  await scene.pipeline.migrate();
  await scene.pipeline.start();
  const named = (name: string) => spans.getFinishedSpans().filter((span) => span.name === name);
  const collected = async () => {
    exporter.reset();
    await reader.forceFlush();
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  };
  return { scene, named, spans, tracerProvider, collected, stop };
}

const linksOf = (span: ReadableSpan | undefined) => span?.links.map((link) => link.context.spanId).sort();

describe("spans", () => {
  it("follow one change from its record to the settle, in the trace of who recorded it", async () => {
    const { scene, named, tracerProvider } = await observed(() => ({ status: "accepted" }));
    await tracerProvider.getTracer("shop").startActiveSpan("POST /orders", async (request) => {
      await scene.write([42]);
      request.end();
    });
    await scene.pipeline.drain();
    await eventually("the settle", () => named("settle").length > 0);

    const [request] = named("POST /orders");
    const [record] = named("record item");
    const [dispatch] = named("dispatch");
    const [read] = named("read crm-items");
    const [call] = named("deliver crm-items");
    const [settle] = named("settle");
    expect(record?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(record?.kind).toBe(SpanKind.PRODUCER);
    // Of one key alone, the record is the parent: one trace from the click to the downstream.
    expect(call?.parentSpanContext?.spanId).toBe(record?.spanContext().spanId);
    expect(call?.spanContext().traceId).toBe(request?.spanContext().traceId);
    const others = [record, dispatch, read].map((span) => span?.spanContext().spanId);
    expect(linksOf(call)).toEqual(others.sort());
    expect(linksOf(settle)).toEqual([call?.spanContext().spanId]);
    expect(scene.headers[0]?.traceparent).toBe(`00-${call?.spanContext().traceId}-${call?.spanContext().spanId}-01`);
    expect(call?.attributes).toMatchObject({
      "messaging.system": "syncline",
      "messaging.operation.type": "process",
      "messaging.destination.name": "item",
      "syncline.downstream": "crm",
      "syncline.attempt": 1,
    });
    expect(read?.attributes).toMatchObject({ "db.operation.name": "SELECT", "db.response.returned_rows": 1 });
  });

  it("of changes that were folded link to the last record, and have no other's trace", async () => {
    const { scene, named } = await observed(() => ({ status: "accepted" }));
    await scene.write([1, 2]);
    await scene.pipeline.drain();
    await eventually("both calls", () => named("deliver crm-items").length === 2);
    const [record] = named("record item");
    for (const call of named("deliver crm-items")) expect(linksOf(call)).toContain(record?.spanContext().spanId);
    expect(named("record item")).toHaveLength(1);
  });

  it("say what failed by code and kind, without words of the downstream, and name no key", async () => {
    let isAway = true;
    const { scene, named, spans } = await observed(() => (isAway ? unavailable : { status: "accepted" }));
    await scene.write([77_001]);
    await eventually("a failed call", () => named("deliver crm-items").length > 0);
    isAway = false;
    await scene.pipeline.drain({ retries: true });
    const [first] = named("deliver crm-items");
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(first?.attributes).toMatchObject({
      "error.type": "http.503",
      "http.response.status_code": 503,
      "syncline.failure.kind": "unavailable",
    });
    const told = JSON.stringify(
      spans.getFinishedSpans().map(({ name, attributes, status, events }) => [name, attributes, status, events]),
    );
    expect(told).not.toContain(secret);
    expect(told).not.toContain("77001");
  });

  it.each([
    ["plain", '{"id":"77002"}'],
    ["hash", "0123456789abcdef".length],
  ] as const)("name the key of one item where they are asked to: %s", async (keys, shown) => {
    const { scene, named } = await observed(() => ({ status: "accepted" }), { keys });
    await scene.write([77_002]);
    await scene.pipeline.drain();
    await eventually("the call", () => named("deliver crm-items").length > 0);
    const key = named("deliver crm-items")[0]?.attributes["syncline.key"];
    if (typeof shown === "string") expect(JSON.parse(String(key))).toEqual({ id: expect.anything() });
    else expect(String(key)).toMatch(/^[0-9a-f]{16}$/);
  });

  it("that begin within a call have its span around them", async () => {
    const active: (string | undefined)[] = [];
    const { scene, named } = await observed(() => {
      active.push(trace.getActiveSpan()?.spanContext().spanId);
      return { status: "accepted" };
    });
    await scene.write([5]);
    await scene.pipeline.drain();
    await eventually("the call", () => named("deliver crm-items").length > 0);
    expect(active).toEqual([named("deliver crm-items")[0]?.spanContext().spanId]);
  });
});

describe("metrics", () => {
  it("are the same sums as Prometheus is told", async () => {
    const { scene, collected } = await observed(() => ({ status: "accepted" }), { backlog: { refreshMs: 0 } });
    await scene.write([1, 2, 3]);
    await scene.pipeline.drain();
    const metrics = await collected();
    const points = (name: string): readonly unknown[] =>
      metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    expect(points("syncline.deliveries.ended")).toMatchObject([
      { value: 3, attributes: { "syncline.strategy": "crm-items", "syncline.result": "accepted" } },
    ]);
    expect(points("syncline.delivery.latency")).toMatchObject([{ value: { count: 3 } }]);
    expect(points("syncline.backlog.readable")).toMatchObject([{ value: 1 }]);
    expect(points("syncline.health").length).toBe(4);
    const latency = metrics.find(({ descriptor }) => descriptor.name === "syncline.delivery.latency");
    expect(latency?.descriptor.unit).toBe("s");
  });

  it("end where one stops observing", async () => {
    const { scene, collected, spans, stop } = await observed(() => ({ status: "accepted" }));
    stop();
    await scene.write([1]);
    await scene.pipeline.drain();
    expect(spans.getFinishedSpans()).toEqual([]);
    expect((await collected()).flatMap(({ dataPoints }): readonly unknown[] => dataPoints)).toEqual([]);
  });
});
