import { type Consumer, withConsumer } from "./consumer.ts";
import { failIfAny, run } from "./run.ts";

/** The built packages load by `import` and by `require()`, as one copy, and `@syncline/core/spi` without a container. */
export function loading(): string {
  return withConsumer("loading", (consumer) => {
    writeScripts(consumer);
    const node = (...parameters: string[]): string => run(process.execPath, parameters, consumer.folder);
    node("import.mjs");
    node("require.cjs");
    const whole = loadedBy(node("--import", "./trace.mjs", "load.mjs", "@syncline/core"));
    const light = ["@syncline/core/spi", "@syncline/core/adapter-kit", "@syncline/core/transport-kit"].map((entry) => ({
      entry,
      loaded: loadedBy(node("--import", "./trace.mjs", "load.mjs", entry)),
    }));
    failIfAny([
      // Else the trace shows nothing and the next line proves nothing.
      ...(whole.some(isContainer) ? [] : [`@syncline/core was seen to load no container:\n${whole.join("\n")}`]),
      ...light.flatMap(({ entry, loaded }) => loaded.filter(isContainer).map((url) => `${entry} loads ${url}`)),
    ]);
    const counts = light.map(({ entry, loaded }) => `${entry} loads ${loaded.length} modules`);
    return [`${consumer.specifiers.length} entries`, ...counts].join("; ");
  });
}

function isContainer(url: string): boolean {
  return /\/node_modules\/(inversify|@inversifyjs|reflect-metadata)\//.test(url);
}

const traceMark = "loads ";

function loadedBy(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith(`${traceMark}file:`))
    .map((line) => line.slice(traceMark.length))
    .filter((url) => url.includes("/node_modules/@syncline/") || isContainer(url));
}

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
