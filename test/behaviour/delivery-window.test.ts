import {
  adaptiveSchedule,
  category,
  createPipeline,
  cronSchedule,
  type DeliveryWindow,
  strategy,
} from "@syncline/core";
import type { PollSchedule } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, afterEach, expect, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";

const url = await testDatabase();
const pool = new pg.Pool({ connectionString: url, max: 2 });
afterAll(() => pool.end());

const item = category("item", { id: "bigint" });

/**
 * Stopped whatever becomes of the test: a worker that is left would take what the next one records.
 */
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function open(options: { schedule?: PollSchedule; first?: DeliveryWindow }) {
  const calls: string[] = [];
  const told: string[] = [];
  const common = {
    category: item,
    query: "SELECT :id AS id",
    downstream: "sink",
    path: "x",
    whenAbsent: "skip",
  } as const;
  const pipeline = createPipeline({
    database: postgres({ connectionString: url, wakeUp: { notify: true } }),
    categories: [item],
    ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
    strategies: [
      strategy("first", { ...common, ...(options.first === undefined ? {} : { window: options.first }) }),
      strategy("second", common),
    ],
    downstreams: {
      sink: {
        specVersion: 1,
        name: "sink",
        capabilities: { batch: true, perItemOutcome: true, delete: true },
        open: () => ({
          invoke: async (call) => {
            for (const { key } of call.items) calls.push(`${call.strategy} ${key.id}`);
            return { status: "accepted" };
          },
        }),
      },
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  stops.push(() => pipeline.stop());
  pipeline.on("windowClosed", ({ strategies }) => told.push(`closed ${strategies}`));
  pipeline.on("windowOpened", ({ strategies }) => told.push(`opened ${strategies}`));
  return { pipeline, calls, told };
}

type Opened = ReturnType<typeof open>["pipeline"];

async function record(pipeline: Opened, ...ids: readonly bigint[]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await pipeline.recorder.record(
      client,
      ids.map((id) => item.changed({ id })),
    );
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

/** Each day at this second, UTC. */
const daily = (at: Date) => `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
const soon = (ms: number) => new Date(Math.ceil((Date.now() + ms) / 1_000) * 1_000);
/** For a minute, half a year from now. */
const far = new Date(Date.now() + 182 * 86_400_000);
const closed = {
  opens: `0 0 1 ${far.getUTCMonth() + 1} *`,
  closes: `1 0 1 ${far.getUTCMonth() + 1} *`,
  timezone: "UTC",
};

async function backlogOf(pipeline: Opened, name: string) {
  const status = await pipeline.status();
  return { changes: status.changes, due: status.strategies.find(({ strategy }) => strategy === name)?.due ?? 0 };
}

test("outside of the schedule's window changes fold, and nothing is claimed, whoever wakes", async () => {
  const { pipeline, calls, told } = open({ schedule: adaptiveSchedule({ window: closed }) });
  await pipeline.migrate();
  await pipeline.start();
  for (const ids of [[1n, 2n], [2n], [2n, 3n]]) await record(pipeline, ...ids);
  await waitFor("them to fold", async () => {
    const { changes, due } = await backlogOf(pipeline, "first");
    return changes === 0 && due === 3;
  });
  // What is paused is not waited for, either.
  await pipeline.drain();
  await pipeline.drain({ retries: true });
  expect(await backlogOf(pipeline, "second")).toEqual({ changes: 0, due: 3 });
  expect(calls).toEqual([]);
  expect(told).toEqual(["closed first,second"]);
  expect(pipeline.health()).toMatchObject({ ready: true, problems: [] });
});

test.each<[string, (window: DeliveryWindow) => PollSchedule]>([
  ["an adaptive schedule", (window) => adaptiveSchedule({ window })],
  ["a schedule that polls in half a year", (window) => cronSchedule(closed.opens, "UTC", { window })],
  ["a schedule of one's own", (window) => ({ next: () => 1e10, window })],
])("when the window of %s opens, what has folded goes out", async (_, schedule) => {
  const opens = soon(1_500);
  await pool.query("TRUNCATE syncline.change, syncline.delivery");
  const { pipeline, calls, told } = open({
    schedule: schedule({ opens: daily(opens), closes: daily(new Date(opens.getTime() + 7_200_000)), timezone: "UTC" }),
  });
  await pipeline.start();
  await record(pipeline, 1n, 2n, 3n);
  await waitFor("all of it to arrive", () => calls.length >= 6);
  expect(Date.now()).toBeGreaterThanOrEqual(opens.getTime());
  await waitFor("the windows to be told", () => told.length >= 2);
  expect(told).toEqual(["closed first,second", "opened first,second"]);
});

test("a strategy's own window keeps no other strategy from its changes", async () => {
  await pool.query("TRUNCATE syncline.change, syncline.delivery");
  const { pipeline, calls, told } = open({ first: closed });
  await pipeline.start();
  await record(pipeline, 4n, 5n);
  await waitFor("the other strategy's calls", () => calls.length === 2);
  await pipeline.drain();
  expect(calls.toSorted()).toEqual(["second 4", "second 5"]);
  expect(await backlogOf(pipeline, "first")).toEqual({ changes: 0, due: 2 });
  expect(told).toEqual(["closed first"]);
});

test("a strategy whose window cannot be read stops the start, by place", async () => {
  const { pipeline } = open({ first: { ...closed, timezone: "Europe/Berln" } });
  await expect(pipeline.start()).rejects.toMatchObject({
    code: "strategy.invalid",
    problems: [{ at: "strategies.first.window.timezone", message: expect.stringContaining("Europe/Berlin") }],
  });
});
