import { type Contender, graphileWorker, syncline } from "../drain/contenders.ts";
import { type Load, runDrain } from "../drain/run-drain.ts";
import { strangers } from "../report/measurement.ts";
import { interleave } from "./interleave.ts";
import { eachOnce, hot } from "./loads.ts";
import type { Scenario } from "./scenario.ts";

const peer = graphileWorker("graphile-worker, one row per call, axios");
const leading = "changes/s";
const columns = ["worker µs", "PostgreSQL µs", "sink µs", "requests", strangers];

interface Entrant {
  readonly contender: Contender;
  readonly load: (quick: boolean) => Load;
}

/** One row a call: where the HTTP client is most of the cost, so one of ours has the peer's. */
export const oneRow = drain(
  "one-row",
  "Drain, one row per call, 16 at a time",
  [peer, syncline("Syncline, engine: node (axios' own)", { engine: "node" }), syncline("Syncline, as shipped")].map(
    (contender) => ({ contender, load: (quick) => eachOnce(quick ? 3_000 : 10_000) }),
  ),
  peer,
);

export const batches = drain(
  "batches",
  "Drain, 500 rows per call",
  [
    { contender: peer, load: (quick) => eachOnce(quick ? 3_000 : 10_000) },
    {
      contender: syncline("Syncline, 500 per call, engine: node", { batch: 500, concurrency: 4, engine: "node" }),
      load: (quick) => eachOnce(quick ? 40_000 : 150_000),
    },
    {
      contender: syncline("Syncline, 500 per call, as shipped", { batch: 500, concurrency: 4 }),
      load: (quick) => eachOnce(quick ? 40_000 : 150_000),
    },
  ],
  peer,
);

export const fanOut = drain("fan-out", "Fan-out of each change to 5 strategies, 100 rows per call", [
  {
    contender: syncline("Syncline, 1 strategy", { batch: 100, concurrency: 4 }),
    load: (quick) => eachOnce(quick ? 20_000 : 50_000),
  },
  {
    contender: syncline("Syncline, 5 strategies", { batch: 100, concurrency: 4, strategies: 5 }),
    load: (quick) => eachOnce(quick ? 8_000 : 20_000, 5),
  },
]);

export const hotKeys = drain("hot-keys", "Hot keys: 10 changes per key in random order, one row per call", [
  {
    contender: syncline("Syncline, 1 change per key"),
    load: (quick) => eachOnce(quick ? 3_000 : 10_000),
  },
  {
    contender: syncline("Syncline, 10 changes per key"),
    load: (quick) => hot(quick ? 1_000 : 5_000, 10),
  },
]);

function drain(name: string, title: string, entrants: readonly Entrant[], baseline?: Contender): Scenario {
  return {
    name,
    async run(context) {
      const runs = entrants.map(({ contender, load }) => {
        const prepared = load(context.quick);
        return () => runDrain(context, contender, prepared);
      });
      const repeats = await interleave(context, name, leading, runs);
      const first = (baseline ?? entrants[0]?.contender)?.name;
      return {
        scenario: name,
        title,
        leading,
        compared: [leading, "changes/CPU s"],
        columns,
        baseline: first,
        repeats,
        notes: [],
      };
    },
  };
}
