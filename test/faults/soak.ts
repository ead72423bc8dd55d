/**
 * Random histories with every fault on, for as long as is asked:
 *   npm run soak -- --minutes 30 --seed 1 --parallel 2
 * One line for each, a summary at the end; ends with 1 where a promise was broken.
 */
import { parseArgs } from "node:util";
import { ownPostgres } from "@syncline/dev-postgres";
import type { HistoryResult } from "./run-history.ts";
import { runNemesisHistory } from "./run-nemesis-history.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    histories: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    parallel: { type: "string", default: "1" },
  },
});
const given = Object.entries(values).map(([name, text]) => [name, Number(text)] as const);
for (const [name, value] of given) {
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
}
const { minutes = 0, histories = 0, seed = 0, parallel = 0 } = Object.fromEntries(given);

const endAt = performance.now() + minutes * 60_000;
const results: { readonly seed: number; readonly result: HistoryResult }[] = [];
const failures: string[] = [];
let next = seed;

await Promise.all(Array.from({ length: parallel }, runUntilTheEnd));

const sum = (of: (result: HistoryResult) => number) => results.reduce((total, { result }) => total + of(result), 0);
const faults: { [fault: string]: number } = {};
for (const { result } of results) {
  for (const [fault, count] of Object.entries(result.faults)) faults[fault] = (faults[fault] ?? 0) + count;
}
const broken = results.filter(({ result }) => result.violations.length > 0);
console.log(
  `${results.length} histories, seeds ${seed} to ${next - 1}: ${sum(({ transactions }) => transactions)} transactions, ` +
    `${sum(({ changes }) => changes)} changes, ${sum(({ calls }) => calls)} calls`,
);
console.log(`faults: ${JSON.stringify(faults)}`);
console.log(
  `violations: ${sum(({ violations }) => violations.length)}, in the seeds: ${broken.map((each) => each.seed).join(", ") || "none"}`,
);
if (failures.length > 0) console.log(`could not be run: ${failures.join("; ")}`);
process.exit(broken.length > 0 || failures.length > 0 || results.length === 0 ? 1 : 0);

/** On a server of its own, since that is restarted. */
async function runUntilTheEnd(): Promise<void> {
  await using server = await ownPostgres();
  while (performance.now() < endAt && next < seed + histories) {
    const own = next;
    next += 1;
    try {
      const result = await runNemesisHistory(server, own);
      results.push({ seed: own, result });
      const { transactions, changes, calls, violations } = result;
      console.log(
        `seed ${own}: ${transactions} transactions, ${changes} changes, ${calls} calls, ${violations.length} violations`,
      );
      if (violations.length > 0) console.log(`${result.story}\nAgain: npm run soak -- --histories 1 --seed ${own}`);
    } catch (error) {
      failures.push(`seed ${own}: ${error instanceof Error ? error.stack : String(error)}`);
      console.log(failures.at(-1));
    }
  }
}
