import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { keepResults, type Result, readResults } from "./results-file.ts";

const machine = {
  cores: 2,
  processor: "p",
  memoryGiB: 1,
  platform: "x",
  node: "v20",
  postgres: "15",
  durability: "on",
};
const result = (scenario: string, title: string): Result => ({
  scenario,
  title,
  leading: "rate",
  compared: [],
  columns: [],
  baseline: undefined,
  repeats: [],
  notes: [],
  at: "2026-01-01T00:00:00Z",
  quick: false,
  machine,
});

test("a scenario's newest run takes the place of the older one, and the others stay, in their order", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "results", "latest.json");
  const titles = async () => (await readResults(file)).map(({ title }) => title);
  const order = ["a", "b", "c"];
  expect(await titles()).toEqual([]);
  await keepResults(file, [result("c", "c 1"), result("a", "a 1")], order);
  await keepResults(file, [result("a", "a 2"), result("b", "b 1")], order);
  expect(await titles()).toEqual(["a 2", "b 1", "c 1"]);
  await keepResults(file, [], ["b"]);
  expect(await titles()).toEqual(["b 1"]);
  await writeFile(file, JSON.stringify({ machine, scenarios: [{ scenario: "a" }] }));
  expect(await titles()).toEqual([]);
});
