import {
  type Contender,
  callsAlone,
  graphileWorker,
  pgBoss,
  pgTransactionalOutbox,
  syncline,
} from "../drain/contenders.ts";
import { type Load, runDrain } from "../drain/run-drain.ts";
import { strangers, type Target } from "../report/measurement.ts";
import { interleave } from "./interleave.ts";
import { eachOnce, hot } from "./loads.ts";
import type { Scenario } from "./scenario.ts";

const leading = "changes/s";
const columns = ["worker µs", "PostgreSQL µs", "CPU µs", "sink µs", "requests", strangers];
const rows = { quick: 3_000, whole: 20_000 };
const few = { quick: 500, whole: 2_000 };
const many = { quick: 30_000, whole: 100_000 };

interface Size {
  readonly quick: number;
  readonly whole: number;
}

interface Entrant {
  readonly contender: Contender;
  readonly load: (quick: boolean) => Load;
}

interface Drain {
  readonly name: string;
  readonly title: string;
  /** The first is what ratios refer to. */
  readonly entrants: readonly Entrant[];
  readonly limit?: string;
  readonly targets?: readonly Target[];
  readonly notes?: readonly string[];
}

function once(contender: Contender, size: Size = rows, strategies = 1): Entrant {
  return { contender, load: (quick) => eachOnce(quick ? size.quick : size.whole, strategies) };
}

/** Calls alone, of as many rows as the others'. */
function alone(size: Size, batch: number, concurrency: number): Entrant {
  const name = "undici alone";
  return {
    contender: callsAlone(name, "undici", { rows: size.whole, batch, concurrency }),
    load: () => eachOnce(size.whole),
  };
}

const shipped = syncline("Syncline, as shipped");
const newer = { ...syncline("Syncline, as shipped, on the peers' Node"), onPeerNode: true };

/** Each as its users write it. */
export const oneRow = drain({
  name: "one-row",
  title: "One row per call, 16 at a time: peers with axios, as their users write them",
  entrants: [
    once(graphileWorker("graphile-worker")),
    once(pgBoss("pg-boss, row by row")),
    once(pgBoss("pg-boss, one query per batch", { set: true })),
    once(pgTransactionalOutbox("pg-transactional-outbox"), few),
    once(syncline("Syncline, engine: node (axios' own)", { engine: "node" })),
    once(shipped),
    once(newer),
    alone(rows, 1, 16),
  ],
  limit: "undici alone",
  targets: [
    { contender: shipped.name, metric: leading, against: "graphile-worker", atLeast: 5 },
    { contender: shipped.name, metric: leading, against: "pg-boss, row by row", atLeast: 5 },
    { contender: newer.name, metric: leading, against: "graphile-worker", atLeast: 5 },
  ],
});

export const oneRowSameEngine = drain({
  name: "one-row-same-engine",
  title: "One row per call, 16 at a time: everybody over undici",
  entrants: [
    once(graphileWorker("graphile-worker", { client: "undici" })),
    once(pgBoss("pg-boss, row by row", { client: "undici" })),
    once(pgBoss("pg-boss, one query per batch", { client: "undici", set: true })),
    once(shipped),
    once(newer),
    alone(rows, 1, 16),
  ],
  limit: "undici alone",
  targets: [
    { contender: shipped.name, metric: leading, against: "graphile-worker", atLeast: 2.5 },
    { contender: shipped.name, metric: leading, against: "pg-boss, one query per batch", atLeast: 1.4 },
    { contender: shipped.name, metric: "CPU µs", atMost: 60 },
  ],
});

const hundred = syncline("Syncline, 100 rows per call", { batch: 100, concurrency: 4 });
const fiveHundred = syncline("Syncline, 500 rows per call", { batch: 500, concurrency: 4 });

export const batches = drain({
  name: "batches",
  title: "100 and 500 rows per call, over undici",
  entrants: [
    once(graphileWorker("graphile-worker", { client: "undici" })),
    once(pgBoss("pg-boss, one query per batch", { client: "undici", set: true })),
    once(hundred, many),
    once(fiveHundred, many),
    alone(many, 500, 4),
  ],
  limit: "undici alone",
  targets: [
    { contender: fiveHundred.name, metric: leading, against: "graphile-worker", atLeast: 10 },
    { contender: fiveHundred.name, metric: leading, against: "pg-boss, one query per batch", atLeast: 6 },
  ],
  notes: ["The peers send one row per call: they have no lists."],
});

const strategy = syncline("Syncline, 1 strategy", { batch: 100, concurrency: 4 });

export const fanOut = drain({
  name: "fan-out",
  title: "Fan-out of each change to 5 and to 50 strategies, 100 rows per call",
  entrants: [
    once(strategy, { quick: 10_000, whole: 50_000 }),
    once(
      syncline("Syncline, 5 strategies", { batch: 100, concurrency: 4, strategies: 5 }),
      { quick: 4_000, whole: 20_000 },
      5,
    ),
    once(
      syncline("Syncline, 50 strategies", { batch: 100, concurrency: 4, strategies: 50 }),
      { quick: 500, whole: 2_000 },
      50,
    ),
  ],
  targets: [
    { contender: "Syncline, 5 strategies", metric: "CPU µs/delivery", against: strategy.name, atMost: 1.2 },
    { contender: "Syncline, 50 strategies", metric: "CPU µs/delivery", against: strategy.name, atMost: 1.2 },
  ],
});

const distinct = syncline("Syncline, 1 change per key");

export const hotKeys = drain({
  name: "hot-keys",
  title: "Hot keys: 10 changes per key in random order, one row per call",
  entrants: [
    once(distinct),
    { contender: syncline("Syncline, 10 changes per key"), load: (quick) => hot(quick ? 1_000 : 5_000, 10) },
  ],
  targets: [{ contender: "Syncline, 10 changes per key", metric: leading, against: distinct.name, atLeast: 5 }],
});

function drain({ name, title, entrants, limit, targets = [], notes = [] }: Drain): Scenario {
  return {
    name,
    async run(context) {
      const runs = entrants.map(({ contender, load }) => {
        const prepared = load(context.quick);
        return () => runDrain(context, contender, prepared);
      });
      return {
        scenario: name,
        title,
        leading,
        compared: [leading, "CPU µs/delivery"],
        columns,
        baseline: entrants[0]?.contender.name,
        ...(limit === undefined ? {} : { limit }),
        targets,
        repeats: await interleave(context, name, leading, runs),
        notes,
      };
    },
  };
}
