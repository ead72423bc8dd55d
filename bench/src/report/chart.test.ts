import { expect, test } from "vitest";
import { chart } from "./chart.ts";
import type { ScenarioReport } from "./measurement.ts";

const report: ScenarioReport = {
  scenario: "s",
  title: "Rows & <calls>",
  leading: "rate",
  compared: [],
  columns: [],
  baseline: undefined,
  repeats: [
    [
      { contender: "peer", values: { rate: 100, backlog: 10 } },
      { contender: "Syncline", values: { rate: 200, backlog: 1_000 } },
    ],
  ],
  notes: [],
};

test("a bar is as long as its value, and names of any text are shown as text", () => {
  const drawn = chart(report);
  const lengths = [...drawn.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, length]) => Number(length));
  expect(lengths[1]).toBeCloseTo(2 * (lengths[0] ?? 0), 0);
  expect(drawn).toContain("Rows &amp; &lt;calls>");
});

test("points of a curve stand in the order of x, each series by itself", () => {
  const point = (contender: string, series: string, x: number, y: number) => ({ contender, series, values: { x, y } });
  const drawn = chart({
    ...report,
    curves: { x: "x", y: "y", logX: true },
    repeats: [[point("c", "free", 1_000, 5), point("a", "free", 10, 5), point("b", "held", 100, 10)]],
  });
  const paths = [...drawn.matchAll(/<path d="M([\d.]+) ([\d.]+)(?:L([\d.]+) ([\d.]+))?" fill="none"/g)].map((match) =>
    match.slice(1).map(Number),
  );
  const [[x1 = 0, y1, x2 = 0, y2] = [], [middle, high = 0] = []] = paths;
  expect(x1).toBeLessThan(x2);
  expect(y1).toBe(y2);
  expect(middle).toBeCloseTo((x1 + x2) / 2, 0);
  expect(high).toBeLessThan(y1 ?? 0);
});
