import type { BenchContext } from "../drain/bench-context.ts";
import { type Contender, overGrpc, overSoap, syncline } from "../drain/contenders.ts";
import { runDrain } from "../drain/run-drain.ts";
import { strangers, type Target } from "../report/measurement.ts";
import { interleave } from "./interleave.ts";
import { eachOnce } from "./loads.ts";
import type { Scenario } from "./scenario.ts";

const leading = "changes/s";

interface Entrant {
  readonly contender: Contender;
  readonly rows: number;
}

/** After a restart or a requeue it is one of deliveries. */
const backlogs = [{ of: "changes" }, { of: "deliveries", dispatched: true }] as const;

function beside(idle: number): string {
  return idle === 0 ? "alone" : `beside ${idle} idle`;
}

const inLists = { batch: 100, concurrency: 4 } as const;

/** What is read for a key costs what it costs: beside the plain row, which everything else is measured with. */
export const readings = drains("readings", "What a key's query yields, 50 keys per call", () =>
  (
    [
      ["the plain row: 5 columns", "plain", 30_000],
      ["a wide row: 100 columns, 10 KB", "wide", 6_000],
      ["3 joins and an aggregate", "joined", 30_000],
      ["20 rows for each key (rows: many)", "many", 6_000],
    ] as const
  ).map(([name, shape, rows]) => ({
    contender: syncline(name, { ...inLists, batch: 50, shape }),
    rows,
  })),
);

export const transports = drains("transports", "The shipped transports", (context) => [
  { contender: syncline("HTTP, one row per call"), rows: 10_000 },
  { contender: overGrpc("gRPC unary, one row per call", {}, context), rows: 10_000 },
  { contender: overSoap("SOAP, one row per call", {}), rows: 10_000 },
  { contender: syncline("HTTP, 100 rows per call", inLists), rows: 40_000 },
  { contender: overGrpc("gRPC, 100 rows per call", inLists, context), rows: 40_000 },
  {
    contender: overGrpc("gRPC client streaming, 100 rows per call", { ...inLists, transport: "grpc-stream" }, context),
    rows: 40_000,
  },
  { contender: overSoap("SOAP, 100 rows per call", inLists), rows: 40_000 },
]);

/** They share two cores with the database and the sink: more processes than cores cannot bring more. */
export const workers = drains("workers", "Worker processes on one backlog, one row per call", () =>
  [1, 2, 4].map((processes) => ({
    contender: { ...syncline(`${processes} ${processes === 1 ? "process" : "processes"}`), processes },
    rows: 20_000,
  })),
);

/** What is due of one strategy must not wait for another one that nothing is due of. */
export const idleStrategies = drains(
  "idle-strategies",
  "A backlog alone, and beside strategies that nothing is due of, one row per call",
  () =>
    backlogs.flatMap(({ of, ...backlog }) =>
      [0, 1, 10].map((bystanders) => ({
        contender: syncline(`${of}, ${beside(bystanders)}`, { ...backlog, bystanders }),
        rows: 10_000,
      })),
    ),
  backlogs.flatMap(({ of }) =>
    [1, 10].map((bystanders) => ({
      contender: `${of}, ${beside(bystanders)}`,
      metric: "seconds",
      against: `${of}, ${beside(0)}`,
      atMost: 1.2,
    })),
  ),
);

function drains(
  name: string,
  title: string,
  entrants: (context: BenchContext) => readonly Entrant[],
  targets: readonly Target[] = [],
): Scenario {
  return {
    name,
    async run(context) {
      const entered = entrants(context);
      const runs = entered.map(({ contender, rows }) => {
        const load = eachOnce(context.quick ? Math.ceil(rows / 10) : rows);
        return () => runDrain(context, contender, load);
      });
      return {
        scenario: name,
        title,
        leading,
        compared: [leading, "CPU µs"],
        columns: ["worker µs", "PostgreSQL µs", "CPU µs", "sink µs", "worker MiB", strangers],
        baseline: entered[0]?.contender.name,
        targets,
        repeats: await interleave(context, name, leading, runs),
        notes: [],
      };
    },
  };
}
