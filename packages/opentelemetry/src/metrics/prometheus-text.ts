import { Registry } from "prom-client";
import type { MetricDefinition } from "./definitions.ts";
import type { Attributes, HistogramPoint, Metric, Point } from "./series.ts";

/** `openmetrics`: what Prometheus asks for; `text`: the older format, for everybody else. */
export type Format = "openmetrics" | "text";

const contentTypes = { openmetrics: Registry.OPENMETRICS_CONTENT_TYPE, text: Registry.PROMETHEUS_CONTENT_TYPE };

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** What Prometheus reads, printed by prom-client from our own sums. */
export async function expose(metrics: readonly Metric[], format: Format): Promise<Exposition> {
  const registry = new Registry();
  // Its types say that a registry is for one format for ever.
  (registry as { setContentType(contentType: string): void }).setContentType(contentTypes[format]);
  for (const metric of metrics) registry.registerMetric(printable(metric, format) as never);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

const units: { readonly [unit: string]: string } = { s: "_seconds" };

/** As OpenTelemetry's collectors make it: units are part of the name, counters end in `_total`. */
export function prometheusName({ name, unit, kind }: MetricDefinition): string {
  return `${label(name)}${units[unit] ?? ""}${kind === "counter" ? "_total" : ""}`;
}

function label(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, "_");
}

/** A metric as the registry asks one: with `get`. */
function printable({ definition, points }: Metric, format: Format) {
  const { kind, description } = definition;
  const printed = prometheusName(definition);
  // In OpenMetrics the family has no suffix; the registry adds it to the series.
  const name = kind === "counter" && format === "openmetrics" ? printed.slice(0, -"_total".length) : printed;
  const values = points.flatMap((point) =>
    "counts" in point ? bucketsOf(point, name, definition.boundaries ?? []) : [singleOf(point)],
  );
  return { name, get: async () => ({ name, help: description, type: kind, values }) };
}

function singleOf({ attributes, value }: Point) {
  return { value, labels: labelsOf(attributes) };
}

function bucketsOf({ attributes, counts, sum, count }: HistogramPoint, name: string, boundaries: readonly number[]) {
  const labels = labelsOf(attributes);
  let below = 0;
  const buckets = counts.map((each, index) => {
    below += each;
    return { metricName: `${name}_bucket`, value: below, labels: { ...labels, le: leOf(boundaries[index]) } };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, value: sum, labels },
    { metricName: `${name}_count`, value: count, labels },
  ];
}

/** OpenMetrics wants a number that looks like one: `1.0`. Both formats take it. */
function leOf(boundary: number | undefined): string {
  if (boundary === undefined) return "+Inf";
  return Number.isInteger(boundary) ? `${boundary}.0` : String(boundary);
}

function labelsOf(attributes: Attributes): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [label(name), value]));
}
