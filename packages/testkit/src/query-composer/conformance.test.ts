import { createQueryComposer } from "@syncline/core";
import { describe, expect, it } from "vitest";
import { strategyOf } from "../database/reading.ts";
import { memoryDatabase } from "../memory/memory-database.ts";
import { runCheck } from "../suite/declare-suite.ts";
import { type QueryComposerFixture, queryComposerChecks, queryComposerConformance } from "./conformance.ts";

const composer = createQueryComposer(memoryDatabase().dialect);
const template = 'SELECT i.label AS "label" FROM item i WHERE i.id = :id AND i.label = :name';
const sound: QueryComposerFixture = { composer, template, close: async () => {} };

queryComposerConformance(() => sound, { describe, it }, { capabilities: ["set"] });

const mutants: readonly (readonly [name: string, caughtBy: string, broken: Partial<typeof composer>])[] = [
  [
    "writes values into the text",
    "a value never becomes text of the statement",
    {
      compose: (strategy, conditions) => ({
        mode: strategy.compose,
        statements: [{ text: `${strategy.query} ${JSON.stringify(conditions)}`, parameters: [] }],
      }),
    },
  ],
  [
    "splits a set",
    "as a set, there is one statement, however many conditions there are",
    { compose: (strategy, conditions) => composer.compose({ ...strategy, compose: "each" }, conditions) },
  ],
  [
    "finds no problem",
    "a parameter that is no key field is a problem, named and placed in the query",
    { check: () => [] },
  ],
  [
    "leaves the first condition out",
    "one by one, there is a statement for each condition, in their order",
    { compose: (strategy, conditions) => composer.compose(strategy, [...conditions].slice(1)) },
  ],
];

describe("a composer is caught, by the check meant for it, that", () => {
  it.each(mutants)("%s", async (_, caughtBy, broken) => {
    const check = queryComposerChecks.flatMap(({ checks }) => checks).find(({ name }) => name === caughtBy);
    if (check === undefined) throw new Error(`There is no check "${caughtBy}".`);
    await expect(runCheck(check, () => ({ ...sound, composer: { ...composer, ...broken } }))).rejects.toThrow();
    expect(composer.check(strategyOf(template, { id: "bigint", name: "string" }))).toEqual([]);
  });
});
