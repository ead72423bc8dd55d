import type { BatchObservableResult, Histogram, Meter, Observable } from "@opentelemetry/api";
import type { Pipeline } from "@syncline/core";
import { BacklogFigures, type BacklogOptions } from "./backlog-figures.ts";
import { allMetrics } from "./definitions.ts";
import { stateMetrics } from "./state-metrics.ts";
import { WorkMetrics } from "./work-metrics.ts";

type Source = Pick<Pipeline, "health" | "lanes" | "observe" | "on" | "status">;

/**
 * The metrics as instruments of a meter. Counters and gauges are asked for when they are collected;
 * only histograms cost something as things happen. Returns how to stop.
 */
export function meterMetrics(pipeline: Source, meter: Meter, backlog: BacklogOptions | false = {}): () => void {
  const histograms = new Map<string, Histogram>();
  const observables = new Map<string, Observable>();
  for (const { name, kind, unit, description, boundaries } of allMetrics) {
    if (kind === "histogram") {
      const advice = boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: [...boundaries] } };
      histograms.set(name, meter.createHistogram(name, { unit, description, ...advice }));
    } else {
      const make = kind === "counter" ? "createObservableCounter" : "createObservableGauge";
      observables.set(name, meter[make](name, { unit, description }));
    }
  }

  const work = new WorkMetrics((definition, value, attributes) =>
    histograms.get(definition.name)?.record(value, attributes),
  );
  const figures = backlog === false ? undefined : new BacklogFigures(() => pipeline.status(), backlog);
  const collect = async (result: BatchObservableResult) => {
    const known = await figures?.read();
    for (const { definition, points } of [...work.all, ...stateMetrics(pipeline, known)]) {
      const observable = observables.get(definition.name);
      if (observable === undefined) continue;
      for (const point of points) if ("value" in point) result.observe(observable, point.value, point.attributes);
    }
  };
  const all = [...observables.values()];
  meter.addBatchObservableCallback(collect, all);
  const stop = work.watch(pipeline);
  return () => {
    stop();
    meter.removeBatchObservableCallback(collect, all);
  };
}
