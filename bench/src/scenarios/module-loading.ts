import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { Measurement } from "../report/measurement.ts";
import { spread } from "../report/statistics.ts";
import { interleave } from "./interleave.ts";
import type { Scenario } from "./scenario.ts";

const run = promisify(execFile);
const leading = "modules loaded ms";
const cpu = "CPU ms";

interface Loading {
  readonly name: string;
  readonly imports: readonly string[];
  /** What follows the imports and belongs to the measured time. */
  readonly after?: string;
  /** The root of a tree with built packages. */
  readonly tree?: string;
}

const ownTree = resolve(import.meta.dirname, "../../..");
const otherTree = process.env.BENCH_OTHER_TREE;
const worker = ["@syncline/core", "@syncline/postgres", "@syncline/http", "pg"];
const pipeline = (downstream: string, more = "") => `
const [{ createPipeline, category }, { postgres }, { http }, { default: pg }] = loaded;
createPipeline({
  database: postgres({ pool: new pg.Pool() }),
  categories: [category("order", { orderId: "bigint" })],
  downstreams: { crm: http({ baseUrl: "https://crm.example.com", ${downstream} }) },
  ${more}
});`;
const withPlugin = `
const { ContainerModule } = await import("inversify");
${pipeline("", 'plugins: [{ specVersion: 1, name: "mine", module: new ContainerModule(() => {}) }],')}`;

const shipped: Loading = { name: "Syncline: core, PostgreSQL, HTTP", imports: worker, after: pipeline("") };
const contenders: readonly Loading[] = [
  { name: "by hand: pg and undici", imports: ["pg", "undici"] },
  shipped,
  ...(otherTree === undefined ? [] : [{ ...shipped, name: "the same, other tree", tree: otherTree }]),
  { name: "with a plugin, so with inversify", imports: worker, after: withPlugin },
  { name: "with axios, so configured", imports: [...worker, "axios"], after: pipeline("configure: () => {}") },
  { name: "gRPC's entry alone", imports: ["@syncline/grpc"] },
  { name: "SOAP's entry alone", imports: ["@syncline/soap"] },
];

/**
 * From the first import to a pipeline that is put together, in a fresh process, by the packages as
 * they are built.
 */
export const moduleLoading: Scenario = {
  name: "module-loading",
  async run(context) {
    context.say("module-loading: npm run build");
    await run("npm", ["run", "--silent", "build"], { cwd: ownTree, maxBuffer: 1 << 26 });
    const processes = context.quick ? 1 : 5;
    // The first of each reads its files from the disk.
    for (const one of contenders) await load(one);
    return {
      scenario: this.name,
      title: "Loading the built packages in a fresh process",
      leading,
      compared: [leading, cpu],
      columns: [cpu],
      baseline: otherTree === undefined ? "by hand: pg and undici" : "the same, other tree",
      targets: [{ contender: shipped.name, metric: leading, atMost: 150 }],
      repeats: await interleave(
        context,
        this.name,
        leading,
        contenders.map((one) => () => measure(one, processes)),
      ),
      notes: ["Each run is the median of five processes."],
    };
  },
};

async function measure(one: Loading, processes: number): Promise<Measurement> {
  const runs: { readonly ms: number; readonly cpuMs: number }[] = [];
  for (let count = 0; count < processes; count += 1) runs.push(await load(one));
  return {
    contender: one.name,
    values: {
      [leading]: spread(runs.map(({ ms }) => ms))?.median,
      [cpu]: spread(runs.map(({ cpuMs }) => cpuMs))?.median,
    },
  };
}

async function load({ imports, after = "", tree = ownTree }: Loading): Promise<{ ms: number; cpuMs: number }> {
  const program = `
const startMs = performance.now();
const before = process.cpuUsage();
const loaded = [];
for (const specifier of ${JSON.stringify(imports)}) loaded.push(await import(specifier));
${after}
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ ms: performance.now() - startMs, cpuMs: (user + system) / 1000 }));`;
  const parameters = ["--input-type=module", "-e", program];
  // From the benchmark's folder, where the packages are workspaces and so resolve to what was built.
  const { stdout } = await run(process.execPath, parameters, { cwd: join(tree, "bench") });
  return JSON.parse(stdout) as { ms: number; cpuMs: number };
}
