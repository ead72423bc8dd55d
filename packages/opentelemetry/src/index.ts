import { type MeterProvider, metrics, type TracerProvider, trace } from "@opentelemetry/api";
import { type Pipeline, TOKENS } from "@syncline/core";
import type { BacklogOptions } from "./metrics/backlog-figures.ts";
import { meterMetrics } from "./metrics/otel-metrics.ts";
import type { KeysInSpans } from "./traces/attributes.ts";
import { WorkSpans } from "./traces/work-spans.ts";

export type { BacklogOptions } from "./metrics/backlog-figures.ts";
export type { KeysInSpans } from "./traces/attributes.ts";
export { activeTraceparent, traceRecorder } from "./traces/stored-context.ts";

export interface ObserveOptions {
  /** Default: the global one. `false`: no traces. */
  readonly tracerProvider?: TracerProvider | false;
  /** Default: the global one. `false`: no metrics. */
  readonly meterProvider?: MeterProvider | false;
  /**
   * Whether a span of one key names it: `plain`, `hash` (of its canonical text) or `omit`. Default
   * `omit`: spans often leave the house. Metrics never name keys.
   */
  readonly keys?: KeysInSpans;
  /** What waits in the database, asked when metrics are collected. `false`: never. */
  readonly backlog?: BacklogOptions | false;
}

const scope = "@syncline/opentelemetry";

/**
 * Tell OpenTelemetry what a pipeline does: a span for each record, dispatch, read, call and settle,
 * and the metrics of docs/telemetry.md. Providers are the application's, and so are sampling and
 * export; where none is registered, this costs next to nothing. Call it once for a pipeline, before
 * `start`. Returns how to stop.
 */
export function observe(pipeline: Pipeline<never> | Pipeline, options: ObserveOptions = {}): () => void {
  const { tracerProvider = trace, meterProvider = metrics, keys = "omit", backlog = {} } = options;
  const source = pipeline as Pipeline;
  const stops: (() => void)[] = [];
  if (meterProvider !== false) stops.push(meterMetrics(source, meterProvider.getMeter(scope), backlog));
  if (tracerProvider !== false) {
    const { name: adapter } = source.container.get(TOKENS.DatabaseAdapter);
    stops.push(source.observe(new WorkSpans(tracerProvider.getTracer(scope), { keys, adapter })));
  }
  return () => {
    for (const stop of stops) stop();
  };
}
