import { type Consumer, withConsumer } from "./consumer.ts";
import { failIfAny, run } from "./run.ts";

/**
 * The built packages load by `import` and by `require()`, as one copy, and no more than they need:
 * contracts and kits no container, a worker neither files of inversify nor axios where nothing is
 * configured by it, nor undici's `fetch`.
 */
export function loading(): string {
  return withConsumer("loading", (consumer) => {
    writeScripts(consumer);
    const node = (...parameters: string[]): string => run(process.execPath, parameters, consumer.folder);
    node("import.mjs");
    node("require.cjs");
    const traced = (...parameters: string[]) => loadedBy(node("--import", "./trace.mjs", ...parameters));
    const extended = traced("extended-worker.mjs");
    const light = [...kits, "worker.mjs"].map((entry) => ({
      entry,
      loaded: entry.endsWith(".mjs") ? traced(entry) : traced("load.mjs", entry),
    }));
    failIfAny([
      // Else the trace shows nothing and the next line proves nothing.
      ...["inversify", "axios"]
        .filter((name) => !extended.some(isOf(name)))
        .map((name) => `${name} was not seen to load`),
      ...light.flatMap(({ entry, loaded }) => loaded.filter(isHeavy).map((url) => `${entry} loads ${url}`)),
    ]);
    const counts = light.map(({ entry, loaded }) => `${entry} loads ${loaded.length} modules`);
    return [`${consumer.specifiers.length} entries`, ...counts].join("; ");
  });
}

const kits = ["@syncline/core/spi", "@syncline/core/adapter-kit", "@syncline/core/transport-kit"];

function isOf(name: string): (url: string) => boolean {
  return (url) => url.includes(`/node_modules/${name}/`);
}

/** Of undici, what connects and sends is needed; its main entry loads three times as much. */
function isHeavy(url: string): boolean {
  const packages = ["inversify", "@inversifyjs", "reflect-metadata", "axios", "undici/lib/web"];
  return packages.some((name) => isOf(name)(url)) || url.endsWith("/node_modules/undici/index.js");
}

const traceMark = "loads ";

function loadedBy(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith(`${traceMark}file:`))
    .map((line) => line.slice(traceMark.length))
    .filter((url) => isOf("@syncline")(url) || isHeavy(url));
}

const worker = `
import { category, createPipeline } from "@syncline/core";
import { http } from "@syncline/http";
import { postgres } from "@syncline/postgres";

const options = {
  database: postgres({ connectionString: "postgres://127.0.0.1:1/none" }),
  categories: [category("order", { orderId: "bigint" })],
  downstreams: { crm: http({ baseUrl: "https://crm.example.com" }) },
};
`;

// What came by require() is not traced.
const required = `
import { createRequire } from "node:module";
const loaded = Object.keys(createRequire(import.meta.url).cache);
for (const file of loaded) console.log("loads file:" + file);
`;

// A plugin of the application's inversify works in core's container, and \`configure\` is given the
// application's axios.
const extension = `
import { ok, strictEqual } from "node:assert";
import { Container, TOKENS } from "@syncline/core";
import { ContainerModule, inject, injectable } from "inversify";
import { Axios } from "axios";

class OwnSchedule {
  constructor(log) {
    this.log = log;
  }
  next() {
    return 1000;
  }
}
injectable()(OwnSchedule);
inject(TOKENS.Logger)(OwnSchedule, undefined, 0);
let made;
const module = new ContainerModule(({ rebind, onActivation }) => {
  rebind(TOKENS.PollSchedule).to(OwnSchedule);
  onActivation(TOKENS.PollSchedule, ({ get }, schedule) => {
    ok(schedule instanceof OwnSchedule, "the plugin's class was not made");
    strictEqual(typeof schedule.log.info, "function", "nothing was injected");
    strictEqual(typeof get(TOKENS.Tuning).leaseMs, "number");
    made = schedule;
    return schedule;
  });
});
let instance;
const crm = http({ baseUrl: "https://crm.example.com", configure: (given) => (instance = given) });
const plugins = [{ specVersion: 1, name: "mine", module }];
const pipeline = createPipeline({ ...options, downstreams: { crm }, plugins });
strictEqual(pipeline.container.get(TOKENS.PollSchedule).next(), 1000);
ok(made !== undefined, "the plugin was not asked");
ok(pipeline.container instanceof Container, "the container is of another inversify than core's");
const child = new Container({ parent: pipeline.container });
strictEqual(typeof child.get(TOKENS.Logger).info, "function", "a child container finds nothing");
strictEqual((await crm.prepare()).length, 0);
crm.open({ downstream: "crm", log: console });
ok(instance instanceof Axios, "the instance is of another axios, or not there after prepare()");
`;

function writeScripts({ write, specifiers }: Consumer): void {
  const list = JSON.stringify(specifiers);
  write("import.mjs", `for (const specifier of ${list}) await import(specifier);\n`);
  write(
    "require.cjs",
    `const { strictEqual } = require("node:assert");
(async () => {
  for (const specifier of ${list}) strictEqual(require(specifier), await import(specifier), specifier);
  const { SynclineError } = require("@syncline/core");
  strictEqual(SynclineError, require("@syncline/core/spi").SynclineError, "core has two copies of its errors");
})();
`,
  );
  write("load.mjs", "await import(process.argv[2]);\n");
  write("worker.mjs", `${worker}createPipeline(options);\n${required}`);
  write("extended-worker.mjs", `${worker}${extension}`);
  write(
    "trace.mjs",
    `import { register } from "node:module";
const hooks = \`
import { writeSync } from "node:fs";
export async function load(url, context, next) {
  writeSync(1, "${traceMark}" + url + "\\\\n");
  return next(url, context);
}\`;
register("data:text/javascript," + encodeURIComponent(hooks));
`,
  );
}
