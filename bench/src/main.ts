import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { devPostgres } from "@syncline/dev-postgres";
import { readArguments } from "./arguments.ts";
import { describeSurroundings } from "./machine.ts";
import { installPeers, peerFile } from "./peers.ts";
import { bundle } from "./processes/bundle.ts";
import { Child } from "./processes/child.ts";
import type { ScenarioReport } from "./report/measurement.ts";
import { summarise } from "./report/statistics.ts";
import { table } from "./report/table.ts";
import { batches, fanOut, hotKeys, oneRow } from "./scenarios/drain-scenarios.ts";
import { latency } from "./scenarios/latency.ts";
import { recordAlone, recordTogether } from "./scenarios/record-cost.ts";
import type { Scenario } from "./scenarios/scenario.ts";

const scenarios: readonly Scenario[] = [oneRow, batches, fanOut, hotKeys, recordAlone, recordTogether, latency];
const say = (line: string) => console.error(line);

const given = readArguments(
  process.argv.slice(2),
  scenarios.map(({ name }) => name),
);
await installPeers(say);
await using server = await devPostgres({ durable: true });
if (!server.multiSession) throw new Error("The benchmarks need a PostgreSQL server: PGlite has one session.");
await using built = await bundle();
const { machine, postmaster } = await describeSurroundings(server.url);
say(JSON.stringify(machine, null, 2));
await using sink = new Child(built.file("sink"));
const context = {
  server,
  postmaster,
  sink,
  sinkUrl: `http://127.0.0.1:${await sink.ask("listen")}`,
  file: (entry: Parameters<typeof built.file>[0] | "graphile-worker") =>
    entry === "graphile-worker" ? peerFile : built.file(entry),
  repeats: given.repeats,
  quick: given.quick,
  nodeFlags: given.nodeFlags,
  say,
};

const reports: ScenarioReport[] = [];
for (const scenario of scenarios.filter(({ name }) => given.only.includes(name))) {
  const report = await scenario.run(context);
  reports.push(report);
  console.log(`\n${table(report)}`);
}
const folder = join(import.meta.dirname, "..", "results");
await mkdir(folder, { recursive: true });
const results = reports.map((report) => ({ ...report, summary: summarise(report) }));
const file = join(folder, "latest.json");
await writeFile(file, `${JSON.stringify({ machine, quick: given.quick, scenarios: results }, null, 2)}\n`);
say(`Everything measured is in ${file}.`);
