import { expect, test } from "vitest";
import type { ScenarioReport } from "./measurement.ts";
import { judge } from "./targets.ts";

const report: ScenarioReport = {
  scenario: "one-row",
  title: "",
  leading: "rate",
  compared: [],
  columns: [],
  baseline: "peer",
  targets: [
    { contender: "ours", metric: "rate", against: "peer", atLeast: 5 },
    { contender: "ours", metric: "rate", against: "peer", atLeast: 4 },
    { contender: "ours", metric: "cpu", atMost: 60 },
    { contender: "nobody", metric: "cpu", atMost: 60 },
  ],
  repeats: [
    [
      { contender: "peer", values: { rate: 100, cpu: 200 } },
      { contender: "ours", values: { rate: 400, cpu: 60 } },
    ],
  ],
  notes: [],
};

test("a target is met by the value or the ratio, and not by what was never measured", () => {
  expect(judge([report]).map(({ seen, met }) => [seen?.median, met])).toEqual([
    [4, false],
    [4, true],
    [60, true],
    [undefined, false],
  ]);
});
