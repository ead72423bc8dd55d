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
import { category } from "@syncline/core";
import type { Outcome } from "@syncline/core/spi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ObserveOptions, observe } from "./index.ts";
import { eventually, openScene } from "./testing/scene.ts";
import { activeTraceparent, traceRecorder } from "./traces/stored-context.ts";

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

async function observed(
  answer: Parameters<typeof openScene>[0],
  options: ObserveOptions = {},
  database?: Parameters<typeof openScene>[3],
) {
  const scene = openScene(answer, {}, {}, database);
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
    // As the semantic conventions say for what is sent, received, processed and settled.
    expect([record, dispatch, call, settle].map((span) => span?.kind)).toEqual([
      SpanKind.PRODUCER,
      SpanKind.CLIENT,
      SpanKind.CONSUMER,
      SpanKind.CLIENT,
    ]);
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

  it("are linked to the record of another process, by what is stored with the change", async () => {
    const accepted = (): Outcome => ({ status: "accepted" });
    const recorder = openScene(accepted);
    const spans = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    observe(recorder.pipeline, { tracerProvider, meterProvider: false });
    await recorder.pipeline.migrate();
    await recorder.write([1]);
    const [record] = spans.getFinishedSpans();
    const worker = await observed(accepted, {}, recorder.database);
    await worker.scene.pipeline.drain();
    await eventually("the call", () => worker.named("deliver crm-items").length > 0);
    const [call] = worker.named("deliver crm-items");
    const { traceId, spanId } = record?.spanContext() ?? {};
    expect(call?.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect(linksOf(call)).toContain(record?.spanContext().spanId);
    expect(worker.named("record item")).toEqual([]);
  });

  it("take the trace context that is handed over, and no notice of what is none", async () => {
    const { scene, named } = await observed(() => ({ status: "accepted" }));
    const own = `00-${"4b".repeat(16)}-${"1".repeat(16)}-01`;
    const tx = scene.database.begin();
    const wrong = [
      "",
      "evil",
      `${own}-more`,
      own.replace("-01", "-00"),
      own.replaceAll("4b", "00"),
      "x".repeat(100_000),
    ];
    for (const [index, traceparent] of [own, ...wrong].entries()) {
      const id = BigInt(index + 1);
      scene.database.store.tables.get("item")?.rows.set(index + 1, { id: index + 1, label: "" });
      // As an SQL function, which nobody checks, leaves it.
      const change = { id: String(id), category: "item", condition: `{"id":"${id}"}`, operation: "upsert" };
      scene.database.store.changes.set(id, { ...change, strategy: null, recordedAt: 1, traceparent });
    }
    tx.commit();
    await scene.pipeline.drain();
    const calls = named("deliver crm-items");
    await eventually("all calls", () => named("deliver crm-items").length === 7);
    const parents = named("deliver crm-items").map(({ parentSpanContext }) => parentSpanContext?.spanId);
    expect(parents.sort()).toEqual([own.slice(36, 52), ...wrong.map(() => undefined)]);
    expect(calls.every(({ status }) => status.code === SpanStatusCode.UNSET)).toBe(true);
  });

  it("are found from an adapter's own recorder, where that is told to store the active span", async () => {
    const { scene, named, tracerProvider } = await observed(() => ({ status: "accepted" }));
    const { recorder } = scene.database;
    expect(activeTraceparent()).toBeUndefined();
    scene.database.store.tables.set("item", {
      columns: ["id", "label"],
      rows: new Map([[9, { id: 9, label: "" }]]),
      delayMs: 0,
    });
    const change = category("item", { id: "bigint" }).changed({ id: 9n });
    await tracerProvider.getTracer("shop").startActiveSpan("PUT /orders", async (request) => {
      const tx = scene.database.begin();
      await traceRecorder(recorder).record(tx, [change]);
      tx.commit();
      request.end();
    });
    await scene.pipeline.drain();
    await eventually("the call", () => named("deliver crm-items").length > 0);
    const [request] = named("PUT /orders");
    expect(named("deliver crm-items")[0]?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
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
