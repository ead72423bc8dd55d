import { join } from "node:path";
import { devPostgres } from "@syncline/dev-postgres";
import { readArguments } from "./arguments.ts";
import { describeSurroundings } from "./machine.ts";
import { installPeers, type Peer, peerProgram } from "./peers.ts";
import { bundle, type Entry } from "./processes/bundle.ts";
import { Child } from "./processes/child.ts";
import { writeDocuments } from "./report/documents.ts";
import { keepResults, type Result, readResults } from "./report/results-file.ts";
import { table } from "./report/table.ts";
import { judge, targetsTable } from "./report/targets.ts";
import { coreScenarios, scenarios } from "./scenarios/all.ts";

const say = (line: string) => console.error(line);
const names = scenarios.map(({ name }) => name);
const given = readArguments(
  process.argv.slice(2),
  names,
  coreScenarios.map(({ name }) => name),
);
const root = join(import.meta.dirname, "..");
const file = join(root, "results", "latest.json");
const results: Result[] = [];

if (given.only.length > 0) await measure();
if (results.length > 0) {
  console.log(`\n${targetsTable(judge(results))}`);
  say(`Everything measured is in ${file}.`);
}
if (given.writeDocs) await writeDocuments(join(root, "..", "docs"), await readResults(file));

function isPeer(entry: Entry | Peer): entry is Peer {
  return entry === "graphile-worker" || entry === "pg-boss" || entry === "pg-transactional-outbox";
}

async function measure(): Promise<void> {
  await installPeers(say);
  await using server = await devPostgres({ durable: true });
  if (!server.multiSession) throw new Error("The benchmarks need a PostgreSQL server: PGlite has one session.");
  await using built = await bundle();
  const { machine, postmaster } = await describeSurroundings(server.url);
  say(JSON.stringify(machine, null, 2));
  await using sink = new Child({ file: built.file("sink") });
  const context = {
    server,
    postmaster,
    sink,
    sinkUrl: `http://127.0.0.1:${await sink.ask("listen")}`,
    grpcPort: Number(await sink.ask("listenGrpc")),
    program: (entry: Entry | Peer) => ({
      ...(isPeer(entry) ? peerProgram(entry) : { file: built.file(entry) }),
      nodeFlags: given.nodeFlags,
    }),
    repeats: given.repeats,
    quick: given.quick,
    say,
  };
  for (const scenario of scenarios.filter(({ name }) => given.only.includes(name))) {
    const report = await scenario.run(context);
    const result = { ...report, at: new Date().toISOString(), quick: given.quick, machine };
    results.push(result);
    await keepResults(file, [result], names);
    console.log(`\n${table(report)}`);
  }
}
