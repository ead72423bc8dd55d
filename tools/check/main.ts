import { writeFileSync } from "node:fs";
import { boundaries } from "./boundaries.ts";
import { consumerTypes } from "./consumer-types.ts";
import { loading } from "./loading.ts";
import { packages } from "./packages.ts";
import { packedCli } from "./packed-cli.ts";
import { packedExamples } from "./packed-examples.ts";
import { CheckFailure, run } from "./run.ts";

/** Throws what is wrong. Returns a remark for the report, or nothing to say: "". */
type Check = () => string;

// What `npm test` has compiled for its type tests is not compiled again; without it, all is.
const lastTypeTests = "node_modules/vitest/dist/tsconfig.tmp.tsbuildinfo";

/** In this order, since the last five look at what the build left. */
const checks: Readonly<Record<string, Check>> = {
  types: () => {
    quiet("tsc", ["--noEmit", "-p", "tsconfig.json", "--incremental", "--tsBuildInfoFile", lastTypeTests]);
    // Browsers' types would hide what Node lacks.
    return quiet("tsc", ["--noEmit", "-p", "packages/console/app"]);
  },
  lint: () => quiet("biome", ["ci", "."]),
  boundaries,
  build: () => quiet("tsup", ["--silent"]),
  packages,
  loading,
  "consumer-types": consumerTypes,
  "packed-examples": packedExamples,
  "packed-cli": packedCli,
};

const reportFlag = "--report=";
const parameters = process.argv.slice(2);
const report = parameters.find((parameter) => parameter.startsWith(reportFlag))?.slice(reportFlag.length);
const named = parameters.filter((parameter) => !parameter.startsWith(reportFlag));
const unknown = named.filter((name) => !(name in checks));

if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(", ")}. There are: ${Object.keys(checks).join(", ")}.`);
  process.exitCode = 2;
} else {
  const results = (named.length > 0 ? named : Object.keys(checks)).map(perform);
  const failed = results.filter((passed) => !passed).length;
  console.log(`check: ${results.length - failed} passed, ${failed} failed`);
  if (report !== undefined) writeFileSync(report, JSON.stringify({ passed: results.length - failed, failed }));
  process.exitCode = failed > 0 ? 1 : 0;
}

function perform(name: string): boolean {
  const start = performance.now();
  const show = (mark: string, rest: string): void => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${mark} ${name.padEnd(15)} ${seconds.padStart(5)} s${rest}`);
  };
  try {
    const remark = checks[name]?.() ?? "";
    show("✓", remark === "" ? "" : `  ${remark}`);
    return true;
  } catch (error) {
    show("✗", "");
    console.log(error instanceof CheckFailure ? error.message : error);
    return false;
  }
}

function quiet(program: string, parameters: readonly string[]): string {
  run(program, parameters);
  return "";
}
