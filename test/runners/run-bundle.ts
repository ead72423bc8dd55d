import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What a runner says became of the suites' checks. */
export interface RunReport {
  readonly passed: number;
  readonly skipped: number;
  /** The names of the checks that failed. */
  readonly failed: readonly string[];
}

const resolve = createRequire(import.meta.url).resolve;

/** Each runs the one bundle in `folder`. */
export const runners: { readonly [runner: string]: (folder: string) => Promise<RunReport> } = {
  "node --test": async (folder) => {
    const output = await node(folder, ["--test", "--test-reporter=tap", "every-suite.test.mjs"]);
    const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(output)?.[1]);
    // A group that holds a failure is "not ok" too; checks stand two groups deep.
    const failed = [...output.matchAll(/^ {8}not ok \d+ - (.*)$/gm)].map(([, name]) => String(name));
    return { passed: count("pass"), skipped: count("skipped"), failed };
  },
  Jest: async (folder) => {
    const settings = { rootDir: folder, testEnvironment: "node", transform: {}, testMatch: ["**/*.test.mjs"] };
    const file = join(folder, "jest.json");
    await writeFile(file, JSON.stringify(settings));
    const binary = join(dirname(resolve("jest/package.json")), "bin/jest.js");
    const report = join(folder, "jest-report.json");
    await node(folder, ["--experimental-vm-modules", binary, "--config", file, "--json", `--outputFile=${report}`]);
    return reportOf(report);
  },
  vitest: async (folder) => {
    const binary = join(dirname(resolve("vitest/package.json")), "vitest.mjs");
    const report = join(folder, "vitest-report.json");
    // Its own: vitest takes the next one up in the tree otherwise.
    const file = join(folder, "vitest.config.mjs");
    await writeFile(file, "export default { test: { globals: true } };");
    await node(folder, [binary, "run", "--config", file, "--reporter=json", `--outputFile=${report}`]);
    return reportOf(report);
  },
};

/** A run with a failure ends with another exit code than 0, which says nothing that its report does not. */
function node(cwd: string, parameters: readonly string[]): Promise<string> {
  // Within vitest, NODE_OPTIONS and the marks of a test in progress would reach the other runner.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(NODE_OPTIONS|NODE_TEST|VITEST|JEST)/.test(name));
  const env = { ...Object.fromEntries(inherited), NODE_ENV: "test" };
  return new Promise((settle) => {
    execFile(process.execPath, parameters, { cwd, env, maxBuffer: 2 ** 26 }, (_, stdout) => settle(stdout));
  });
}

/** Vitest writes the form of report that Jest has. */
async function reportOf(file: string): Promise<RunReport> {
  const report = JSON.parse(await readFile(file, "utf8")) as {
    readonly numPassedTests: number;
    readonly numPendingTests: number;
    readonly testResults: readonly {
      readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
    }[];
  };
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    passed: report.numPassedTests,
    skipped: report.numPendingTests,
    failed: results.filter(({ status }) => status === "failed").map(({ title }) => title),
  };
}
