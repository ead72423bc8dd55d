import {
  type Attributes,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type {
  Observation,
  ObservedCall,
  ObservedDispatch,
  ObservedRead,
  ObservedRecord,
  ObservedSettle,
  ReadEnd,
  RecordEnd,
  WorkObserver,
} from "@syncline/core";
import type { Claim, Outcome } from "@syncline/core/spi";
import {
  callAttributes,
  failureAttributes,
  type KeysInSpans,
  messaging,
  readAttributes,
  recordAttributes,
  strategyAttributes,
} from "./attributes.ts";
import { Remembered } from "./remembered.ts";
import { isSampled, recordedContext, traceparentFrom } from "./stored-context.ts";

export interface WorkSpansOptions {
  readonly keys: KeysInSpans;
  /** The database adapter's name. */
  readonly adapter: string;
}

/** As many as OpenTelemetry's SDKs keep by default. */
const mostLinks = 128;

/**
 * A span for each record, dispatch, read, call and settle. The call's is where all come together: it
 * links to the records, the dispatches and the reads of its items, and the settle's to the calls. Of
 * one item alone, the record is the parent. Records are known by what was stored beside their
 * changes, whoever recorded them; the rest is this process's own.
 */
export class WorkSpans implements WorkObserver {
  readonly #tracer: Tracer;
  readonly #options: WorkSpansOptions;
  /** By strategy and key. */
  readonly #reads = new Remembered();
  /** Which dispatch leased it; then, which call carried it. */
  readonly #dispatches = new WeakMap<Claim, SpanContext>();
  readonly #calls = new WeakMap<Claim, SpanContext>();
  readonly #names = new Map<string, { readonly name: string; readonly attributes: Attributes }>();
  #hasDispatches = false;

  constructor(tracer: Tracer, options: WorkSpansOptions) {
    this.#tracer = tracer;
    this.#options = options;
  }

  recording({ changes }: ObservedRecord): Observation<RecordEnd> {
    const categories = [...new Set(changes.map((change) => change.category))];
    const category = categories.length === 1 ? categories[0] : undefined;
    const name = category === undefined ? "record" : `record ${category}`;
    const attributes = recordAttributes(category, changes.length);
    const span = this.#tracer.startSpan(name, { kind: SpanKind.PRODUCER, attributes });
    const traceparent = traceparentFrom(span.spanContext());
    return {
      ...(traceparent === undefined ? {} : { headers: { traceparent } }),
      around: (work) => context.with(trace.setSpan(context.active(), span), work),
      ended: ({ error }) => {
        if (error !== undefined) failed(span, { code: codeOf(error), kind: "record" });
        span.end();
      },
    };
  }

  dispatched({ startedAt, durationMs, taken, inserted, folded, claims }: ObservedDispatch): void {
    const attributes = {
      ...messaging,
      "messaging.operation.name": "dispatch",
      "messaging.operation.type": "receive",
      "messaging.batch.message_count": taken,
      "syncline.deliveries.created": inserted,
      "syncline.deliveries.folded": folded,
    };
    const span = this.#tracer.startSpan("dispatch", {
      kind: SpanKind.CLIENT,
      root: true,
      startTime: startedAt,
      attributes,
    });
    const sampled = sampledContext(span);
    if (sampled !== undefined) {
      this.#hasDispatches = true;
      for (const claim of claims) this.#dispatches.set(claim, sampled);
    }
    span.end(startedAt + durationMs);
  }

  reading({ strategy, keys }: ObservedRead): Observation<ReadEnd> {
    const attributes = readAttributes(this.#options.adapter, strategy, keys.length);
    const span = this.#tracer.startSpan(`read ${strategy}`, { kind: SpanKind.CLIENT, attributes }, ROOT_CONTEXT);
    const sampled = sampledContext(span);
    return {
      around: (work) => context.with(trace.setSpan(ROOT_CONTEXT, span), work),
      ended: ({ found, absent, failure }) => {
        if (failure !== undefined) failed(span, failure);
        if (sampled !== undefined) {
          span.setAttributes({ "db.response.returned_rows": found, "syncline.keys.absent": absent });
          for (const key of keys) this.#reads.put(strategy, key, sampled);
        }
        span.end();
      },
    };
  }

  calling({ call, downstream, claims }: ObservedCall): Observation<Outcome> {
    const records = claims.map(({ traceparent }) => recordedContext(traceparent));
    const links = this.#linksOf(call, claims, records);
    const recorded = claims.length === 1 ? records[0] : undefined;
    const parent = recorded === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, recorded);
    const { name, attributes } = this.#callsOf(call, downstream);
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CONSUMER, links, attributes }, parent);
    const sampled = sampledContext(span);
    if (sampled !== undefined) {
      // The rest is made only where somebody will see it: most calls are not sampled.
      span.setAttributes(callAttributes(call, this.#options.keys));
      for (const claim of claims) this.#calls.set(claim, sampled);
    }
    const within = trace.setSpan(ROOT_CONTEXT, span);
    const headers: { [header: string]: string } = {};
    propagation.inject(within, headers);
    return {
      headers,
      around: (work) => context.with(within, work),
      ended: (outcome) => {
        tellOutcome(span, outcome);
        span.end();
      },
    };
  }

  settled({ startedAt, durationMs, settlements, effects }: ObservedSettle): void {
    const links = linksTo(settlements.map(({ claim }) => this.#calls.get(claim)));
    if (links.length === 0) return;
    const attributes = {
      ...messaging,
      "messaging.operation.name": "settle",
      "messaging.operation.type": "settle",
      "messaging.batch.message_count": settlements.length,
      "syncline.deliveries.late": effects.filter((effect) => effect === "late").length,
    };
    const options = { kind: SpanKind.CLIENT, root: true, startTime: startedAt, links, attributes };
    this.#tracer.startSpan("settle", options).end(startedAt + durationMs);
  }

  /** What all calls of a strategy have in common, made once: a sampler sees it. */
  #callsOf({ strategy, category }: ObservedCall["call"], downstream: string) {
    const known = this.#names.get(strategy);
    if (known !== undefined && known.attributes["syncline.downstream"] === downstream) return known;
    const made = { name: `deliver ${strategy}`, attributes: strategyAttributes(strategy, category, downstream) };
    this.#names.set(strategy, made);
    return made;
  }

  /** Records last: there may be more of them than a span links to. */
  #linksOf(
    { strategy }: ObservedCall["call"],
    claims: readonly Claim[],
    records: readonly (SpanContext | undefined)[],
  ): Link[] {
    const found: (SpanContext | undefined)[] = [];
    for (const claim of claims) {
      if (this.#hasDispatches) found.push(this.#dispatches.get(claim));
      if (!this.#reads.isEmpty) found.push(this.#reads.take(strategy, claim.key));
    }
    return linksTo([...found, ...records]);
  }
}

function sampledContext(span: Span): SpanContext | undefined {
  const found = span.spanContext();
  return isSampled(found) ? found : undefined;
}

/** Each once, of those that are known. */
function linksTo(contexts: readonly (SpanContext | undefined)[]): Link[] {
  if (contexts.every((each) => each === undefined)) return [];
  const distinct = new Map<string, SpanContext>();
  for (const found of contexts) if (found !== undefined) distinct.set(found.spanId, found);
  return [...distinct.values()].slice(0, mostLinks).map((linked) => ({ context: linked }));
}

function tellOutcome(span: Span, outcome: Outcome): void {
  if (outcome.status === "accepted" || !span.isRecording()) return;
  if (outcome.status === "failed") {
    failed(span, outcome.failure);
    return;
  }
  const [first] = outcome.failures;
  span.setAttribute("syncline.items.failed", outcome.failures.length);
  if (first !== undefined) failed(span, first.failure);
}

function failed(span: Span, failure: { readonly code: string; readonly kind: string }): void {
  span.setAttributes(failureAttributes(failure as Parameters<typeof failureAttributes>[0]));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : "_OTHER";
}
