import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ContainerModule } from "inversify";
import { describe, expect, it } from "vitest";
import type { DatabaseAdapter } from "../contracts/database-adapter.ts";
import type { SyncInvoker } from "../contracts/sync-invoker.ts";
import type { Transport } from "../contracts/transport.ts";
import type { Change } from "../model/change.ts";
import { SynclineError } from "../model/errors.ts";
import { strategy } from "../model/strategy-in-code.ts";
import { coreVersion, isOlder } from "./core-version.ts";
import { createPipeline } from "./create-pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { order, orders, refusal, silent, standInDatabase, standInTransport } from "./testing/stand-ins.ts";
import { TOKENS } from "./tokens.ts";

const backlogged = { changes: 1, oldestChangeAgeMs: 1, refused: 0, strategies: [] };

/** Records what is done with its parts, in order. */
function database(more: Partial<DatabaseAdapter<string[]>> = {}) {
  const done: string[] = [];
  const sound = standInDatabase(done, {
    backlog: { readmit: async () => 0, status: async () => backlogged } as never,
  });
  const adapter: DatabaseAdapter<string[]> = {
    ...sound,
    capabilities: { ...sound.capabilities, strategyTable: false },
    ...more,
  };
  return { adapter, done };
}

function options(more: Partial<PipelineOptions<string[]>> = {}) {
  const { adapter, done } = database();
  return {
    done,
    options: {
      database: adapter,
      categories: [order],
      strategies: [orders],
      downstreams: { crm: standInTransport(done) },
      log: silent,
      ...more,
    },
  };
}

const placesOf = (error: SynclineError) => error.problems.map((problem) => problem.at);

it("does no I/O until it is used, opens each part once, and closes the database last", async () => {
  const { options: given, done } = options();
  const pipeline = createPipeline(given);
  expect(done).toEqual([]);
  await pipeline.migrate();
  await pipeline.start();
  await pipeline.stop();
  await pipeline.stop();
  expect(done).toEqual(["open database", "open crm", "close crm", "close database"]);
});

it("ends a drain that has not come to its end when the pipeline is stopped", async () => {
  const pipeline = createPipeline(options().options);
  await pipeline.start();
  const refused = refusal(() => pipeline.drain());
  await pipeline.stop();
  expect((await refused).code).toBe("pipeline.state");
});

it("is disposed of by stopping", async () => {
  const { options: given, done } = options();
  {
    await using pipeline = createPipeline(given);
    await pipeline.start();
  }
  expect(done.at(-1)).toBe("close database");
});

it("records without being started, and only what fits the dictionary", async () => {
  const pipeline = createPipeline(options().options);
  const tx: string[] = [];
  await pipeline.recorder.record(tx, [order.changed({ orderId: 1 })]);
  const foreign = { ...order.changed({ orderId: 2 }), category: "odrer" } as Change;
  expect(pipeline.container.get(TOKENS.ChangeRecorder)).toBe(pipeline.recorder);
  const error = await refusal(() => pipeline.recorder.record(tx, [order.changed({ orderId: 3 }), foreign]));
  expect([error.code, placesOf(error)]).toEqual(["change.invalid", ["changes[1].category"]]);
  expect(tx).toEqual(['{"orderId":"1"}']);
});

it("starts once", async () => {
  const pipeline = createPipeline(options().options);
  await pipeline.start();
  expect((await refusal(() => pipeline.start())).code).toBe("pipeline.state");
  await pipeline.stop();
  expect((await refusal(() => pipeline.start())).code).toBe("pipeline.state");
  expect((await refusal(() => pipeline.status())).code).toBe("pipeline.state");
});

describe("refuses, with everything that is wrong", () => {
  it("parts of another contract, and says the way out", async () => {
    const { done } = database();
    const { adapter } = database({ specVersion: 2 as 1, name: "acme-db" });
    const crm = standInTransport(done, { specVersion: undefined as never });
    const error = await refusal(() => createPipeline(options({ database: adapter, downstreams: { crm } }).options));
    expect([error.code, placesOf(error)]).toEqual(["plugin.incompatible", ["database", "downstreams.crm"]]);
    expect(error.message).toMatch(
      /"acme-db" has specVersion 2, this core \(\d+\.\d+\.\d+\) knows 1: upgrade @syncline\/core/,
    );
  });

  it.each([
    [
      { specVersion: { from: 2, to: 3 }, needsCore: "9.0.0" },
      /specVersion 2 to 3, .* upgrade @syncline\/core to 9\.0\.0 or/,
    ],
    [{ specVersion: 0 }, /specVersion 0, .* upgrade "acme-db"/],
    [{ specVersion: { from: 2, to: 1 } }, /neither a whole number nor a range/],
    [{ specVersion: "1" }, /neither a whole number nor a range/],
    [{ needsCore: "9.0.0" }, /"acme-db" needs @syncline\/core 9\.0\.0 or newer; this is \d/],
    [{ needsCore: "^0.1.0" }, /needsCore, which has to be a release such as 0\.3\.0/],
  ])("a part that says %j", async (stated, words) => {
    const { adapter } = database({ name: "acme-db", ...(stated as object) });
    const error = await refusal(() => createPipeline(options({ database: adapter }).options));
    expect(error.code).toBe("plugin.incompatible");
    expect(error.message).toMatch(words);
  });

  it("no part for whose range or release this core will do", () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    expect(coreVersion).toBe(version);
    for (const stated of [{ specVersion: { from: 1, to: 7 } }, { needsCore: coreVersion }, { needsCore: "0.0.9" }])
      createPipeline(options({ database: database(stated).adapter }).options);
    expect(isOlder("0.10.0", "0.9.9")).toBe(false);
    expect(isOlder("1.0.0-rc.1", "1.0.0")).toBe(true);
  });

  it("an adapter whose statements do not answer for every key, and says what is missing and why", async () => {
    const { adapter } = database();
    const { attest: _, ...before } = adapter.dialect;
    const written = { ...adapter, name: "acme-db", dialect: before as never };
    const error = await refusal(() => createPipeline(options({ database: written }).options));
    expect([error.code, placesOf(error)]).toEqual(["plugin.incompatible", ["database.dialect.attest"]]);
    expect(error.message).toMatch(/adapter "acme-db" has no "attest".* would be told as deleted\. Upgrade the adapter/);
    const unknown = refusal(() => createPipeline(options({ database: { ...written, specVersion: 2 as 1 } }).options));
    expect(placesOf(await unknown)).toEqual(["database"]);
  });

  it("options of transports, tuning, and a strategy table that the database does not keep", async () => {
    const unusable = () => Promise.reject(new Error("asked, though the options are not in order"));
    const checkOptions = () => [{ at: "baseUrl", message: "It is missing." }];
    const crm = standInTransport([], {
      checkOptions,
      prepare: unusable,
      checkStrategy: () => [{ at: "", message: "asked" }],
    });
    const tuning = { leaseMs: 0, leaseMilliseconds: 5 } as never;
    const pipeline = createPipeline(options({ downstreams: { crm }, tuning, strategyTable: true }).options);
    const places = ["tuning.leaseMs", "tuning.leaseMilliseconds", "strategyTable", "downstreams.crm.baseUrl"];
    const error = await refusal(() => pipeline.start());
    expect([error.code, placesOf(error)]).toEqual(["config.invalid", places]);
    const again = await refusal(() => pipeline.preview("orders", { orderId: 1 }));
    expect([again.code, placesOf(again)]).toEqual(["config.invalid", places]);
  });

  it("a strategy that wants to read for longer than the operator allows, and durations that no timer takes", async () => {
    const asks = (queryTimeoutMs?: number) =>
      strategy("long", { ...orders, category: order, ...(queryTimeoutMs && { queryTimeoutMs }) });
    const start = (long: ReturnType<typeof asks>, tuning = {}) => {
      const pipeline = createPipeline(options({ strategies: [long], tuning }).options);
      return refusal(() => pipeline.start().finally(() => pipeline.stop()));
    };
    const refused = await start(asks(60_001));
    expect([refused.code, placesOf(refused)]).toEqual(["strategy.invalid", ["strategies.long.queryTimeoutMs"]]);
    expect(JSON.stringify(refused.problems)).toContain("tuning.maxQueryTimeoutMs");
    expect(placesOf(await start(asks(2_000), { maxQueryTimeoutMs: 1_000 }))).toEqual([
      "strategies.long.queryTimeoutMs",
    ]);
    const never = await start(asks(), { misconfiguredProbeMs: 1e12, maxQueryTimeoutMs: 0 });
    expect(placesOf(never)).toEqual(["tuning.misconfiguredProbeMs", "tuning.maxQueryTimeoutMs"]);
  });

  it("strategies in code, at start, all of them in one error", async () => {
    const crm = standInTransport([], {
      capabilities: { batch: false, perItemOutcome: false, delete: false },
      checkStrategy: ({ path }) =>
        path.startsWith("/") ? [] : [{ at: "path", message: "It must begin with a slash." }],
    });
    const strategies = [
      strategy("one", { ...orders, category: order, query: "SELECT 1 WHERE 1 = :orderId", downstream: "crn" }),
      strategy("two", {
        ...orders,
        category: order,
        query: "SELECT 1 WHERE 1 = :orderId AND :other = 2" as string,
        batch: 5,
        path: "x",
        whenAbsent: "delete",
      }),
      strategy("two", { ...orders, category: order, query: "SELECT 1 WHERE 1 = :orderId" }),
    ];
    const error = await refusal(() => createPipeline(options({ downstreams: { crm }, strategies }).options).start());
    expect(error.code).toBe("strategy.invalid");
    expect(placesOf(error).map((at) => at.split(".").slice(0, 3).join("."))).toEqual(
      expect.arrayContaining([
        "strategies.one.downstream",
        "strategies.two.batch",
        "strategies.two.whenAbsent",
        "strategies.two.path",
        "strategies.two",
      ]),
    );
    expect(error.message).toContain(":other");
  });

  it("a schema that was never made, at start", async () => {
    const { adapter } = database();
    const open: typeof adapter.open = (context) => ({
      ...adapter.open(context),
      checkSchema: async () => "Run migrate() first.",
    });
    const error = await refusal(() => createPipeline(options({ database: { ...adapter, open } }).options).start());
    expect([error.code, error.message]).toEqual(["database.schema", "Run migrate() first."]);
  });
});

it("starts although the database is away, since it comes back", async () => {
  const { adapter } = database();
  const open: typeof adapter.open = (context) => ({
    ...adapter.open(context),
    checkSchema: () => Promise.reject(new SynclineError("database.unavailable", "away")),
  });
  const pipeline = createPipeline(options({ database: { ...adapter, open } }).options);
  const errors: unknown[] = [];
  pipeline.on("error", (event) => errors.push(event.during));
  await pipeline.start();
  expect(errors).toEqual(["start"]);
  expect(pipeline.health().problems).toMatchObject([{ part: "database", code: "database.unavailable" }]);
  await pipeline.stop();
});

describe("plugins", () => {
  it("rebind a default", () => {
    const module = new ContainerModule(({ rebind }) => {
      rebind(TOKENS.PollSchedule).toConstantValue({ next: ({ idleRounds }) => idleRounds });
    });
    const pipeline = createPipeline(options({ plugins: [{ specVersion: 1, name: "mine", module }] }).options);
    const round = { found: false, more: false, idleRounds: 4_711, now: 0 };
    expect(pipeline.container.get(TOKENS.PollSchedule).next(round)).toBe(4_711);
  });

  it("wrap every invoker", async () => {
    const audited: string[] = [];
    const module = new ContainerModule(({ onActivation }) => {
      onActivation(TOKENS.SyncInvoker, (_, inner: SyncInvoker) => ({
        ...inner,
        invoke: async (call, context) => {
          audited.push(call.strategy);
          return inner.invoke(call, context);
        },
      }));
    });
    const { done, options: given } = options({ plugins: [{ specVersion: 1, name: "audit", module }] });
    const pipeline = createPipeline({
      ...given,
      downstreams: { crm: standInTransport(done), erp: standInTransport(done) },
    });
    for (const name of ["crm", "erp"]) {
      await pipeline.container.get(TOKENS.SyncInvoker, { name }).invoke({ strategy: name } as never, {} as never);
    }
    expect(audited).toEqual(["crm", "erp"]);
  });

  it("have tokens that two copies of core agree on", () => {
    expect(TOKENS.Poller).toBe(Symbol.for("@syncline/core/Poller"));
  });
});

it("names the strategies there are when asked for another", async () => {
  const error = await refusal(() => createPipeline(options().options).preview("order", { orderId: 1 }));
  expect([error.code, error.message]).toEqual(["strategy.unknown", expect.stringContaining("there are: orders")]);
});

it("lets transports prepare themselves before strategies are checked, once, and says all that is wrong in one error", async () => {
  const calls: string[] = [];
  const prepared = (more: Partial<Transport>) =>
    standInTransport([], {
      prepare: async () => {
        calls.push("prepare");
        return [];
      },
      checkStrategy: () => {
        calls.push("check");
        return [{ at: "path", message: "is not in the schema" }];
      },
      ...more,
    });
  const broken = standInTransport([], { prepare: async () => [{ at: "schema.proto[0]", message: "cannot be read" }] });
  const { options: given } = options({ downstreams: { crm: prepared({}), erp: broken } });
  const pipeline = createPipeline(given);
  const error = await refusal(() => pipeline.start());
  expect(error.code).toBe("config.invalid");
  expect(placesOf(error)).toEqual(["downstreams.erp.schema.proto[0]", "strategies.orders.path"]);
  expect(calls).toEqual(["prepare", "check"]);
  await refusal(() => pipeline.start());
  expect(calls.filter((call) => call === "prepare")).toHaveLength(1);
  await pipeline.stop();
});
