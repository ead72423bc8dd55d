import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Machine } from "../machine.ts";
import type { ScenarioReport } from "./measurement.ts";
import { summarise } from "./statistics.ts";

/** One scenario's newest run. Scenarios may have been run apart: each says where and when. */
export interface Result extends ScenarioReport {
  readonly at: string;
  readonly quick: boolean;
  readonly machine: Machine;
}

interface ResultsFile {
  readonly scenarios: readonly Result[];
}

/** Nothing, where there is no file or where it is none of ours. */
export async function readResults(file: string): Promise<readonly Result[]> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  const { scenarios = [] } = JSON.parse(text) as Partial<ResultsFile>;
  return scenarios.filter(({ at, machine }) => at !== undefined && machine !== undefined);
}

/**
 * Puts results in the place of older ones of the same scenarios. Called after each scenario: what was measured outlives
 * whatever ends the next one.
 */
export async function keepResults(file: string, newer: readonly Result[], order: readonly string[]): Promise<void> {
  const names = newer.map(({ scenario }) => scenario);
  const older = (await readResults(file)).filter(({ scenario }) => !names.includes(scenario));
  const place = ({ scenario }: Result) => order.indexOf(scenario);
  const scenarios = [...older, ...newer]
    .filter((result) => place(result) >= 0)
    .sort((a, b) => place(a) - place(b))
    .map((result) => ({ ...result, summary: summarise(result) }));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ scenarios }, null, 1)}\n`);
}
