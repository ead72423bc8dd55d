import { category, createPipeline, type PipelineOptions, strategy } from "@syncline/core";
import type { FieldType, StrategyOptions, SyncCall, Transport } from "@syncline/core/spi";
import { postgres } from "@syncline/postgres";
import type pg from "pg";
import { afterAll } from "vitest";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** What became of keys that were recorded for one template, seen from outside. */
export interface Told {
  /** Bodies by key, of what was told as living. */
  readonly living: ReadonlyMap<string, unknown>;
  readonly deleted: readonly string[];
  /** Keys that became dead letters, and why. */
  readonly dead: ReadonlyMap<string, string>;
  /** Why the lane was held, if it was. */
  readonly held: string | undefined;
}

export interface Reading {
  readonly url: string;
  readonly query: string;
  readonly fields: { readonly [name: string]: FieldType };
  readonly keys: readonly { readonly [name: string]: unknown }[];
  readonly options?: Partial<StrategyOptions>;
}

let drawn = 0;

/** Records the keys, lets a pipeline deliver them in one batch, and says what the downstream was told. */
export async function tell({ url, query, fields, keys, options = {} }: Reading): Promise<Told> {
  drawn += 1;
  const name = `reading-${drawn}`;
  const calls: SyncCall[] = [];
  const subject = category(name, fields);
  const pipelineOptions: PipelineOptions<pg.ClientBase> = {
    database: postgres({ connectionString: url }),
    categories: [subject],
    strategies: [
      strategy(name, {
        category: subject,
        query,
        downstream: "d",
        path: "/",
        whenAbsent: "delete",
        rows: "many",
        batch: 1_000,
        retry: { maxAttempts: 1 },
        ...options,
      }),
    ],
    downstreams: { d: collecting(calls) },
    log: silent,
  };
  const pipeline = createPipeline(pipelineOptions);
  afterAll(() => pipeline.stop({ timeoutMs: 0 }));
  await pipeline.migrate();
  await pipeline.backfill(name, { conditions: keys as never });
  const dead = new Map<string, string>();
  pipeline.on("dead", ({ key, failure }) => dead.set(key, failure.message));
  const held = new Promise<string>((resolve) => {
    pipeline.on("circuitOpened", ({ failure }) => resolve(`${failure.code} ${failure.message}`));
  });
  const drained = pipeline.drain().then(() => undefined);
  const reason = await Promise.race([drained, held]);
  await pipeline.stop({ timeoutMs: 0 });
  await drained.catch(() => {});
  const items = (operation: string) =>
    calls.filter((call) => call.operation === operation).flatMap((call) => call.items);
  return {
    living: new Map(items("upsert").map(({ key, body }) => [JSON.stringify(key), body])),
    deleted: items("delete").map(({ key }) => JSON.stringify(key)),
    dead,
    held: reason,
  };
}

/** A downstream that accepts everything, and keeps what came. */
export function collecting(calls: SyncCall[]): Transport {
  return {
    specVersion: 1,
    name: "collecting",
    capabilities: { batch: true, perItemOutcome: false, delete: true },
    open: () => ({
      invoke: async (call) => {
        calls.push(call);
        return { status: "accepted" };
      },
    }),
  };
}
