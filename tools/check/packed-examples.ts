import { cpSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../workspaces.ts";
import { type Consumer, linkOwnDependencies, withConsumer } from "./consumer.ts";
import { CheckFailure, run } from "./run.ts";

/** Those that stand for somebody else's adapter and transport: both use nothing but what is published. */
const examples: readonly string[] = ["packages/adapters/sqlite", "examples/nats"];

/** They pass their conformance suites on the packed packages alone: nothing else of this repository's sources is within reach. */
export function packedExamples(): string {
  return withConsumer(
    "packed-examples",
    (consumer) => examples.map((example) => `${example}: ${testsOf(consumer, example)}`).join("; "),
    true,
  );
}

function testsOf(consumer: Consumer, example: string): string {
  const name = basename(example);
  const folder = join(consumer.folder, name);
  cpSync(join(root, example, "src"), join(folder, "src"), { recursive: true });
  linkOwnDependencies(join(root, example, "node_modules"), join(folder, "node_modules"));
  const limits = { testTimeout: 60_000, hookTimeout: 60_000 };
  const config = { test: { include: ["src/conformance.test.ts"], ...limits } };
  consumer.write(`${name}/vitest.config.mjs`, `export default ${JSON.stringify(config)};\n`);
  const report = JSON.parse(
    run("vitest", ["run", "--reporter=json", "--silent", "--root", folder], folder).replace(/^[^{]*/, ""),
  ) as {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
    readonly numPendingTests: number;
  };
  if (report.numFailedTests > 0 || report.numPassedTests + report.numPendingTests === 0)
    throw new CheckFailure(`${example}: ${report.numFailedTests} failed, ${report.numPassedTests} passed`);
  return `${report.numPassedTests} passed, ${report.numPendingTests} skipped`;
}
