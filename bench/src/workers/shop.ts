import { category, createPipeline, type Pipeline, strategy } from "@syncline/core";
import { http } from "@syncline/http";
import { type PgTransaction, postgres } from "@syncline/postgres";
import { atOnce } from "./at-once.ts";

export const item = category("item", { id: "integer" });

/** One contender's settings, as they are sent to its process. */
export interface SynclineSettings {
  readonly databaseUrl: string;
  readonly sinkUrl: string;
  /** `none` calls nobody. */
  readonly engine: "undici" | "node" | "none";
  readonly strategies: number;
  readonly batch: number;
  readonly concurrency: number;
  /** LISTEN/NOTIFY instead of polling alone. */
  readonly notify: boolean;
}

/** Used by every contender: the same row, by its key. */
export const columns = "id, name, quantity, price, updated_at";

export function pipelineOf(settings: SynclineSettings): Pipeline<PgTransaction> {
  const { databaseUrl, sinkUrl, engine, strategies, batch, concurrency, notify } = settings;
  return createPipeline({
    database: postgres({ connectionString: databaseUrl, ...(notify ? { wakeUp: { notify } } : {}) }),
    categories: [item],
    strategies: Array.from({ length: strategies }, (_, index) =>
      strategy(`items-${index}`, {
        category: item,
        query: `SELECT ${columns} FROM item WHERE id = :id`,
        downstream: "sink",
        path: `/${index}`,
        whenAbsent: "skip",
        batch,
        concurrency,
      }),
    ),
    downstreams: { sink: engine === "none" ? atOnce() : http({ baseUrl: sinkUrl, engine }) },
  });
}
