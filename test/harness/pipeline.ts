import {
  adaptiveSchedule,
  createPipeline,
  type Pipeline,
  type PipelineEvent,
  type PipelineEvents,
  type PipelineOptions,
} from "@syncline/core";
import type { Logger } from "@syncline/core/spi";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import type pg from "pg";
import { afterAll } from "vitest";
import type { Downstream } from "./downstream.ts";
import { categories } from "./shop-model.ts";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Short enough that nothing waits long, long enough that a busy machine keeps its leases. */
export const quickTuning = { leaseMs: 3_000, breakerOpenMs: 50, breakerMaxOpenMs: 200, throttleMs: 50 };

export type TestPipeline = Pipeline<pg.ClientBase>;

/** A migrated pipeline against one downstream `crm`, stopped when the test file has run. Not started. */
export async function openPipeline(
  url: string,
  downstream: Downstream | undefined,
  options: Partial<PipelineOptions<pg.ClientBase>>,
): Promise<TestPipeline> {
  const pipeline = createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url, max: 4 }),
    categories,
    downstreams: downstream === undefined ? {} : { crm: http({ baseUrl: downstream.url }) },
    log: silent,
    schedule: adaptiveSchedule({ minMs: 5, maxMs: 50 }),
    ...options,
    tuning: { ...quickTuning, ...options.tuning },
  });
  afterAll(() => pipeline.stop({ timeoutMs: 0 }));
  await pipeline.migrate();
  return pipeline;
}

/** The same, started. */
export async function startPipeline(...parameters: Parameters<typeof openPipeline>): Promise<TestPipeline> {
  const pipeline = await openPipeline(...parameters);
  await pipeline.start();
  return pipeline;
}

/** Everything that a pipeline tells of one kind from here on. */
export function collect<Event extends PipelineEvent>(pipeline: TestPipeline, event: Event): PipelineEvents[Event][] {
  const seen: PipelineEvents[Event][] = [];
  pipeline.on(event, (payload) => seen.push(payload));
  return seen;
}
