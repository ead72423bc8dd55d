import { createPipeline } from "@syncline/core";
import type { OwnPostgresServer } from "@syncline/dev-postgres";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";
import type pg from "pg";
import { type Random, seededRandom } from "../../packages/testkit/src/history/random.ts";
import { FaultyDownstream } from "./faulty-downstream.ts";
import { aroundMs, aroundStall, type Havoc, liveThrough } from "./live-through.ts";
import { pause } from "./nemesis/pause.ts";
import { terminated } from "./nemesis/process-faults.ts";
import { countByKind, wreakHavoc } from "./nemesis/scheduler.ts";
import { startWorld, type World } from "./nemesis/world.ts";
import { type HistoryResult, judge, silent } from "./run-history.ts";
import { categories, strategies } from "./shop.ts";

const leaseMs = 2_000;
/** How long after a frozen worker goes on its call may still arrive, or be answered, beside another worker's. */
const afterwardsMs = 1_000;

/**
 * One random history with workers in processes of their own, and everything done to them, their network, their database
 * and its server that the nemesis knows. The server's log of what was inflicted is part of the story.
 */
export async function runNemesisHistory(
  server: OwnPostgresServer,
  seed: number,
  load = { transactions: 40, pauseMs: 150, atLeastMs: 4_000 },
): Promise<HistoryResult> {
  const random = seededRandom(seed);
  const downstream = new FaultyDownstream(random.fork("downstream"));
  const downstreamUrl = await downstream.listen();
  const world = await startWorld({ workers: 2, leaseMs, downstreamUrl, database: { server } });
  const operator = createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: world.adminUrl, max: 2 }),
    categories,
    strategies,
    downstreams: { shop: http({ baseUrl: downstreamUrl }) },
    log: silent,
  });
  const inflicted: { [fault: string]: number } = {};
  const timeline: string[] = [];
  try {
    const lived = await liveThrough({
      url: world.adminUrl,
      operator,
      downstream,
      random,
      load,
      atLeastMs: load.atLeastMs,
      patienceMs: 60_000,
      record: (tx, changes) => operator.recorder.record(tx, changes),
      wreakHavoc: async (signal) => {
        const [havoc] = await Promise.all([
          harm(world, random, signal, inflicted, timeline),
          goAwayAtTimes(downstream, random.fork("outage"), signal),
        ]);
        return havoc;
      },
    });
    const result = judge(seed, lived, { ...downstream.counts, ...inflicted });
    return { ...result, story: [result.story, ...timeline].join("\n") };
  } finally {
    await operator.stop({ timeoutMs: 1_000 });
    await world.close();
    await downstream.close();
    await server.dropDatabase(world.adminUrl);
  }
}

async function harm(
  world: World,
  random: Random,
  signal: AbortSignal,
  counts: { [fault: string]: number },
  timeline: string[],
): Promise<Havoc> {
  const { adminUrl, workers, faults } = world;
  const chaos = await wreakHavoc(faults, { adminUrl, workers, signal, random: random.fork("nemesis") });
  Object.assign(counts, countByKind(chaos.inflicted));
  timeline.push(
    ...chaos.inflicted.map(
      ({ fault, at, healedAt, targets }) => `${at} to ${healedAt}: ${fault} ${targets.join(", ")}`,
    ),
  );
  const overruns = () =>
    workers.flatMap(({ frozen, stalled }) => [
      ...frozen.map(({ from, until }) => ({ from: from - aroundMs, to: until + afterwardsMs })),
      ...stalled.map(aroundStall),
    ]);
  // Each fault may cost a delivery the lease it has when it begins, and one more for every lease that it lasts.
  const lapses = chaos.inflicted.reduce(
    (sum, { at, healedAt }) => sum + 1 + Math.ceil(((healedAt ?? Date.now()) - at) / leaseMs),
    0,
  );
  const hangUps = chaos.inflicted
    .filter(({ fault }) => fault === terminated.name)
    .map(({ at, healedAt }) => ({ from: at, to: healedAt ?? Date.now() }));
  return { overruns, hangUps, lapses, failures: chaos.failures };
}

/** The downstream is away as a whole, once or twice. */
async function goAwayAtTimes(downstream: FaultyDownstream, random: Random, signal: AbortSignal): Promise<void> {
  for (let outages = random.integer(1, 2); outages > 0; outages -= 1) {
    await pause(random.integer(300, 2_000), signal);
    await downstream.goAway(random.integer(200, 1_000));
  }
}
