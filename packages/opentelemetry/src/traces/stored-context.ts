import { context, isSpanContextValid, type SpanContext, TraceFlags, trace } from "@opentelemetry/api";
import type { ChangeRecorder } from "@syncline/core/spi";

/**
 * What is stored with a change: W3C's `traceparent`, whatever propagator is registered. Only of what
 * is sampled: nobody can look at the others, and most changes cost nothing then.
 */
export function traceparentFrom(found: SpanContext | undefined): string | undefined {
  if (found === undefined || !isSampled(found) || !isSpanContextValid(found)) return undefined;
  return `00-${found.traceId}-${found.spanId}-${found.traceFlags.toString(16).padStart(2, "0")}`;
}

/** The sampled span that recorded, by what core has checked. */
export function recordedContext(traceparent: string | null | undefined): SpanContext | undefined {
  if (traceparent === null || traceparent === undefined) return undefined;
  const [, traceId = "", spanId = "", flags = ""] = traceparent.split("-");
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSampled(found) && isSpanContextValid(found) ? found : undefined;
}

export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}

/**
 * The active span as a `traceparent`, if it is sampled: to be stored with changes that are recorded
 * without a pipeline, be it by an SQL function.
 */
export function activeTraceparent(): string | undefined {
  return traceparentFrom(trace.getSpanContext(context.active()));
}

/**
 * A recorder that stores the active span with each change. For applications that record by an
 * adapter's recorder alone; that of a pipeline which is observed does so by itself.
 */
export function traceRecorder<Tx>(recorder: ChangeRecorder<Tx>): ChangeRecorder<Tx> {
  return {
    record: (tx, changes) => {
      const traceparent = activeTraceparent();
      const traced = traceparent === undefined ? changes : changes.map((change) => ({ traceparent, ...change }));
      return recorder.record(tx, traced);
    },
  };
}
