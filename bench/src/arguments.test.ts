import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";

const scenarios = ["one-row", "latency"];

test("without arguments everything runs, five times", () => {
  expect(readArguments([], scenarios)).toMatchObject({ quick: false, only: scenarios, repeats: 5 });
});

test("a quick run runs once, unless told otherwise", () => {
  expect(readArguments(["--quick"], scenarios).repeats).toBe(1);
  expect(readArguments(["--quick", "--repeats", "3"], scenarios).repeats).toBe(3);
});

test("a quick run measures the core, unless told otherwise", () => {
  expect(readArguments(["--quick"], scenarios, ["latency"]).only).toEqual(["latency"]);
  expect(readArguments(["--quick", "--only", "one-row"], scenarios, ["latency"]).only).toEqual(["one-row"]);
  expect(readArguments([], scenarios, ["latency"]).only).toEqual(scenarios);
  expect(readArguments(["--only", "one-row,latency"], scenarios).only).toEqual(scenarios);
});

test("everything that is wrong is said at once", () => {
  const read = () => readArguments(["--only", "fast", "--only", "latency", "--repeats", "0.5"], scenarios);
  expect(read).toThrow(/fast: there is no such scenario; there are one-row, latency\n--repeats 0\.5: must be/);
});
