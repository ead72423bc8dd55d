import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

it("the page of strategies has each option, and no other", () => {
  const source = read("packages/core/src/model/strategy.ts");
  const options = ["StrategyOptions", "StrategyDefinition extends StrategyOptions"].flatMap((name) => {
    const [, body = ""] = source.split(`export interface ${name} {\n`);
    return [...(body.split("\n}")[0] ?? "").matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option);
  });
  const rows = [...read("docs/strategies.md").matchAll(/^\| `(\w+)` \|/gm)].map(([, option]) => option);
  expect(options.length).toBeGreaterThan(20);
  expect([...rows].sort()).toEqual([...options, "map"].sort());
});
