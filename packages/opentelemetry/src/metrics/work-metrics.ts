import type { Observation, ObservedCall, ObservedRead, Pipeline, ReadEnd, WorkObserver } from "@syncline/core";
import type { Outcome, Settlement } from "@syncline/core/spi";
import { work } from "./definitions.ts";
import { Counter, Histogram, type HistogramPoint, type Metric, type OnRecord, type Point } from "./series.ts";

type Source = Pick<Pipeline, "on" | "observe">;

/** What is counted for each accepted delivery, found once for a strategy. */
interface Accepted {
  readonly ended: Point;
  readonly latency: HistogramPoint;
}

/**
 * Counts what one process does. Own sums, since they cost a twentieth of what the libraries' do: a
 * delivery is counted in well below a microsecond.
 */
export class WorkMetrics implements WorkObserver {
  readonly #counters = counters();
  readonly #histograms: ReturnType<typeof histograms>;
  readonly #accepted = new Map<string, Accepted>();

  constructor(onRecord?: OnRecord) {
    this.#histograms = histograms(onRecord);
  }

  /** Everything so far. */
  get all(): readonly Metric[] {
    return [...Object.values(this.#counters), ...Object.values(this.#histograms)].map(({ definition, points }) => ({
      definition,
      points,
    }));
  }

  /** Returns how to stop. */
  watch(pipeline: Source): () => void {
    const { refused, unwanted, lost, opened, errors } = this.#counters;
    const stops = [
      pipeline.observe(this),
      pipeline.on("refused", ({ changes }) => refused.add(changes.length)),
      pipeline.on("unwanted", ({ changes }) => unwanted.add(changes)),
      pipeline.on("late", ({ strategy }) => lost.add(1, strategy)),
      pipeline.on("circuitOpened", ({ strategy, failure }) => opened.add(1, strategy, failure.kind)),
      // `read crm-orders`: what was done, without for whom.
      pipeline.on("error", ({ during }) => errors.add(1, during.split(" ", 1)[0] ?? "")),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  dispatched({ taken, inserted, folded, durationMs }: Parameters<NonNullable<WorkObserver["dispatched"]>>[0]): void {
    this.#counters.taken.add(taken);
    this.#counters.created.add(inserted);
    this.#counters.folded.add(folded);
    this.#histograms.database.record(durationMs / 1_000, "dispatch");
  }

  claimed({ durationMs }: { readonly durationMs: number }): void {
    this.#histograms.database.record(durationMs / 1_000, "claim");
  }

  settled({ durationMs }: { readonly durationMs: number }): void {
    this.#histograms.database.record(durationMs / 1_000, "settle");
  }

  reading({ strategy }: ObservedRead): Observation<ReadEnd> {
    const startedAt = performance.now();
    return {
      ended: ({ found, absent, failed, deferred, failure }) => {
        this.#histograms.read.record((performance.now() - startedAt) / 1_000, strategy, failure?.kind ?? "");
        const { keys } = this.#counters;
        if (found > 0) keys.add(found, strategy, "found");
        if (absent > 0) keys.add(absent, strategy, "absent");
        if (failed > 0) keys.add(failed, strategy, "failed");
        if (deferred > 0) keys.add(deferred, strategy, "deferred");
      },
    };
  }

  calling({ call: { strategy, items, batched }, downstream }: ObservedCall): Observation<Outcome> {
    const startedAt = performance.now();
    return {
      ended: (outcome) => {
        const kind = outcome.status === "failed" ? outcome.failure.kind : "";
        const seconds = (performance.now() - startedAt) / 1_000;
        this.#histograms.call.record(seconds, strategy, downstream, outcome.status, kind);
        if (batched) this.#histograms.items.record(items.length, strategy);
      },
    };
  }

  concluded(settlement: Settlement, how: "sent" | "absent" | "shadowed"): void {
    const { strategy, firstRecordedAt } = settlement.claim;
    if (settlement.result === "accepted" && how === "sent") {
      const { ended, latency } = this.#accepted.get(strategy) ?? this.#acceptedBy(strategy);
      ended.value += 1;
      // Two clocks: what ends before it began has taken no time.
      this.#histograms.latency.put(latency, Math.max(0, Date.now() - firstRecordedAt) / 1_000);
      return;
    }
    const result = settlement.result === "accepted" ? how : settlement.result;
    const kind = "failure" in settlement ? (settlement.failure?.kind ?? "") : "";
    this.#counters.ended.add(1, strategy, result, kind);
  }

  #acceptedBy(strategy: string): Accepted {
    const made = {
      ended: this.#counters.ended.at(strategy, "accepted", ""),
      latency: this.#histograms.latency.at(strategy),
    };
    this.#accepted.set(strategy, made);
    return made;
  }
}

function counters() {
  const { taken, refused, unwanted, created, folded, ended, lost, keys, opened, errors } = work;
  return {
    taken: new Counter(taken),
    refused: new Counter(refused),
    unwanted: new Counter(unwanted),
    created: new Counter(created),
    folded: new Counter(folded),
    ended: new Counter(ended),
    lost: new Counter(lost),
    keys: new Counter(keys),
    opened: new Counter(opened),
    errors: new Counter(errors),
  };
}

function histograms(onRecord: OnRecord | undefined) {
  const { latency, call, items, read, database } = work;
  return {
    latency: new Histogram(latency, onRecord),
    call: new Histogram(call, onRecord),
    items: new Histogram(items, onRecord),
    read: new Histogram(read, onRecord),
    database: new Histogram(database, onRecord),
  };
}
