import { ContainerModule } from "inversify";
import { describe, expect, it, vi } from "vitest";
import type { DatabaseSession } from "../contracts/database-adapter.ts";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import { SynclineError } from "../model/errors.ts";
import { createPipeline } from "./create-pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { held, order, orders, refusal, silent, standInDatabase, standInTransport } from "./testing/stand-ins.ts";
import { TOKENS } from "./tokens.ts";

/** A pipeline of stand-ins; `done`: what was opened, closed and asked, in order. */
function pipelineOf(session: Partial<DatabaseSession> = {}, more: Partial<PipelineOptions<string[]>> = {}) {
  const done: string[] = [];
  const pipeline = createPipeline({
    database: standInDatabase(done, session),
    categories: [order],
    strategies: [orders],
    downstreams: { crm: standInTransport(done) },
    log: silent,
    ...more,
  });
  const errors: string[] = [];
  pipeline.on("error", ({ during }) => errors.push(during));
  const started: unknown[] = [];
  pipeline.on("started", (event) => started.push(event));
  return { pipeline, done, errors, started };
}

const opens = (done: readonly string[]) => done.filter((each) => each.startsWith("open")).sort();
const closes = (done: readonly string[]) => done.filter((each) => each.startsWith("close")).sort();
const asClosed = (done: readonly string[]) => opens(done).map((each) => each.replace("open", "close"));

const storePlugin = (store: StrategyStore) => ({
  specVersion: 1 as const,
  name: "store",
  module: new ContainerModule(({ rebind }) => {
    rebind(TOKENS.StrategyStore).toConstantValue(store);
  }),
});

describe("a stop while the start is under way", () => {
  const hold = held<never>;
  const at: { readonly [step: string]: (step: ReturnType<typeof hold>) => ReturnType<typeof pipelineOf> } = {
    "prepare of a transport": ({ work }) =>
      pipelineOf({}, { downstreams: { crm: standInTransport([], { prepare: work }) } }),
    "the check of the schema": ({ work }) => pipelineOf({ checkSchema: work }),
    "the load of the strategies": ({ work }) => pipelineOf({}, { plugins: [storePlugin({ load: work })] }),
    "the description of the templates": ({ work }) =>
      pipelineOf({ queryRunner: { run: async () => [], describe: work } }),
  };

  it.each(Object.keys(at))("ends it during %s, and closes what it had opened", async (step) => {
    const under = hold();
    const made = at[step]?.(under);
    if (made === undefined) throw new Error(step);
    const { pipeline, done, started } = made;
    const dispatch = vi.spyOn(pipeline.container.get(TOKENS.Poller), "dispatch");
    const refused = refusal(() => pipeline.start());
    await under.begun;
    await pipeline.stop();
    expect((await refused).code).toBe("pipeline.state");
    expect(closes(done)).toEqual(asClosed(done));
    under.end(undefined as never);
    await new Promise((resolve) => setImmediate(resolve));
    expect([started, dispatch.mock.calls]).toEqual([[], []]);
    expect(closes(done)).toEqual(asClosed(done));
    expect(pipeline.health()).toMatchObject({ live: false, ready: false });
  });
});

it("starts once, however many ask for it at once", async () => {
  const { pipeline, done, started } = pipelineOf();
  const starts = [pipeline.drain(), pipeline.drain(), pipeline.start(), pipeline.start()];
  const ends = await Promise.allSettled(starts);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
  expect(started).toHaveLength(1);
  await Promise.all([pipeline.stop(), pipeline.stop()]);
  expect(done).toEqual(["open database", "open crm", "close crm", "close database"]);
});

it("lets a drain wait for the start that is under way, and tells it why that failed", async () => {
  const schema = held<string>();
  const { pipeline } = pipelineOf({ checkSchema: schema.work });
  const refused = [refusal(() => pipeline.start()), refusal(() => pipeline.drain())];
  schema.end("Run migrate() first.");
  expect((await Promise.all(refused)).map(({ code }) => code)).toEqual(["database.schema", "database.schema"]);
  await pipeline.stop();
});

it.each([
  ["the strategies cannot be loaded", new SynclineError("database.failed", "no")],
  ["the store throws what it likes", new TypeError("no")],
])("can be started again after a start that failed because %s", async (_, error) => {
  let loads = 0;
  const store: StrategyStore = {
    load: async () => {
      loads += 1;
      if (loads === 1) throw error;
      return { strategies: [], revision: "1" };
    },
  };
  const { pipeline, done, started } = pipelineOf({}, { plugins: [storePlugin(store)] });
  await expect(pipeline.start()).rejects.toThrow();
  expect(pipeline.health()).toMatchObject({ live: true, ready: false });
  await pipeline.start();
  await vi.waitFor(() => expect(pipeline.health().ready).toBe(true));
  await pipeline.stop();
  expect(started).toHaveLength(1);
  expect(done).toEqual(["open database", "open crm", "close crm", "close database"]);
});

describe("an operator's command", () => {
  it("is waited for by a stop, which closes the database after it", async () => {
    const migration = held<{ applied: readonly string[] }>();
    const { pipeline, done } = pipelineOf({ migrate: migration.work });
    const migrated = pipeline.migrate();
    await migration.begun;
    const stopped = pipeline.stop();
    expect((await refusal(() => pipeline.migrate())).code).toBe("pipeline.state");
    migration.end({ applied: ["001"] });
    expect(await migrated).toEqual({ applied: ["001"] });
    expect(done).toEqual(["open database"]);
    await stopped;
    expect(done).toEqual(["open database", "close database"]);
  });

  it.each(["migrate", "preview", "backfill"] as const)("%s is ended at the stop's deadline", async (command) => {
    const under = held<never>();
    let signal: AbortSignal | undefined;
    const work = (...given: readonly unknown[]) => {
      signal = given.find((each) => each instanceof AbortSignal);
      return under.work();
    };
    const { pipeline, done } = pipelineOf({
      migrate: work,
      queryRunner: { run: work },
      backlog: { backfill: work, status: work, readmit: async () => 0 } as never,
    });
    const commands = {
      migrate: () => pipeline.migrate(),
      preview: () => pipeline.preview("orders", { orderId: 1 }),
      backfill: () => pipeline.backfill("orders", { conditions: [{ orderId: 1 }] }),
    };
    const refused = refusal(commands[command]);
    await under.begun;
    const stopped = pipeline.stop();
    expect(signal?.aborted).toBe(false);
    // Whoever is in a hurry now need not wait for whoever was not.
    await Promise.all([pipeline.stop({ timeoutMs: 0 }), stopped]);
    expect(signal?.aborted).toBe(true);
    expect((await refused).code).toBe("pipeline.state");
    expect(closes(done)).toEqual(asClosed(done));
  });

  it("that opens something after all was closed has it closed at once", async () => {
    const schema = held<undefined>();
    const { pipeline, done } = pipelineOf();
    await pipeline.stop();
    pipeline.container.get(TOKENS.SyncInvoker, { name: "crm" });
    pipeline.container.get(TOKENS.DatabaseSession);
    schema.end(undefined);
    await vi.waitFor(() => expect(closes(done)).toEqual(["close crm", "close database"]));
  });
});

it("leaves no signal listened to that begins to be only while the pipeline stops", async () => {
  const listening = held<() => Promise<void>>();
  const { pipeline } = pipelineOf({ changeSignal: { listen: listening.work } });
  await pipeline.start();
  await listening.begun;
  let unlistened = 0;
  const stopped = pipeline.stop();
  listening.end(async () => {
    unlistened += 1;
  });
  await stopped;
  expect(unlistened).toBe(1);
});

it.each([
  [
    "throws at once",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no"))],
  ["never resolves", () => new Promise<void>(() => {})],
])("stops although the database's close %s", async (_, close) => {
  const { pipeline, done, errors } = pipelineOf({ close });
  await pipeline.start();
  await pipeline.stop({ timeoutMs: 0 });
  expect(done).toContain("close crm");
  expect(errors).toEqual(["close"]);
});

it.each([
  [
    "throws at once",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no"))],
  ["never resolves", () => new Promise<void>(() => {})],
  ["gives no promise", () => undefined as never],
])("closes the others and the database although a transport's close %s", async (how, close) => {
  const done: string[] = [];
  const { pipeline, errors } = pipelineOf(
    { close: async () => void done.push("close database") },
    { downstreams: { bad: standInTransport(done, {}, { close }), crm: standInTransport(done) } },
  );
  await pipeline.start();
  await pipeline.stop({ timeoutMs: 0 });
  expect(closes(done)).toEqual(["close crm", "close database"]);
  const isFault = how !== "gives no promise";
  expect(errors).toEqual(isFault ? ["close"] : []);
  expect(pipeline.health().problems.map(({ part, code }) => [part, code])).toEqual(
    isFault ? [["downstream bad", "fault.close"]] : [],
  );
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 2 ** 40])("takes a time limit of %s", async (timeoutMs) => {
  const { pipeline, done } = pipelineOf();
  await pipeline.start();
  await pipeline.stop({ timeoutMs });
  expect(done.at(-1)).toBe("close database");
});

it("is alive until it has stopped, and ready only while it runs", async () => {
  const close = held<void>();
  const { pipeline } = pipelineOf({ close: close.work });
  expect(pipeline.health()).toMatchObject({ live: true, ready: false });
  await pipeline.start();
  await vi.waitFor(() => expect(pipeline.health().ready).toBe(true));
  const stopped = pipeline.stop();
  await close.begun;
  expect(pipeline.health()).toMatchObject({ live: true, ready: false });
  close.end();
  await stopped;
  expect(pipeline.health().live).toBe(false);
});
