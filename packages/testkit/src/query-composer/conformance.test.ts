import type { QueryComposer } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import { runCheck } from "../suite/declare-suite.ts";
import { memoryComposerFixture } from "../testing/memory-composer-fixture.ts";
import { queryComposerChecks, queryComposerConformance } from "./conformance.ts";

queryComposerConformance(() => memoryComposerFixture(), { describe, it }, { capabilities: ["set", "runs"] });

type Mutant = readonly [name: string, caughtBy: string, broken: (sound: QueryComposer) => Partial<QueryComposer>];

let drawn = 0;

const mutants: readonly Mutant[] = [
  [
    "finds fault with every template",
    "a good template has no problems",
    () => ({ check: () => [{ at: "query", message: "It is too long." }] }),
  ],
  [
    "writes values into the text",
    "a value never becomes text of the statement",
    () => ({
      compose: (strategy, conditions) => ({
        mode: strategy.compose,
        statements: [{ text: `${strategy.query} ${JSON.stringify(conditions)}`, parameters: [] }],
      }),
    }),
  ],
  [
    "splits a set",
    "as a set, there is one statement, however many conditions there are",
    ({ compose }) => ({ compose: (strategy, conditions) => compose({ ...strategy, compose: "each" }, conditions) }),
  ],
  [
    "leaves the first condition out",
    "one by one, there is a statement for each condition, in their order",
    ({ compose }) => ({ compose: (strategy, conditions) => compose(strategy, [...conditions].slice(1)) }),
  ],
  [
    "names its statements anew each time",
    "composing changes nothing of what it is given, and gives the same again",
    ({ compose }) => ({
      compose: (...given) => {
        const { mode, statements } = compose(...given);
        return {
          mode,
          statements: statements.map(({ text, ...rest }) => ({ ...rest, text: `${text} -- ${++drawn}` })),
        };
      },
    }),
  ],
  [
    "binds one by one what the first condition says",
    "what is composed one by one runs, and yields each condition's own rows",
    ({ compose }) => ({
      compose: (strategy, [first, ...rest]) =>
        compose(strategy, first === undefined ? rest : [first, ...rest.map(() => first)]),
    }),
  ],
  [
    "turns the order of a set round",
    "what is composed as a set runs, and its first column is the position of the row's condition",
    ({ compose }) => ({ compose: (strategy, conditions) => compose(strategy, [...conditions].reverse()) }),
  ],
  ["finds no problem", "a parameter that is no key field is a problem, named and placed in the query", findsNone],
  ["finds no fault with a template for all keys", "a template without a key field is a problem", findsNone],
  ["finds no fault with nothing", "an empty template is a problem", findsNone],
];

function findsNone(): Partial<QueryComposer> {
  return { check: () => [] };
}

const checks = new Map(queryComposerChecks.flatMap((group) => group.checks).map((check) => [check.name, check]));

describe("mutants of the query composer conformance: caught, by the check meant for it, is one that", () => {
  it.each(mutants)("%s", async (_, caughtBy, broken) => {
    const check = checks.get(caughtBy);
    if (check === undefined) throw new Error(`There is no check "${caughtBy}".`);
    await expect(runCheck(check, () => memoryComposerFixture(broken))).rejects.toThrow();
  });
});

it("every check catches a mutant", () => {
  expect(new Set(mutants.map(([, caughtBy]) => caughtBy))).toEqual(new Set(checks.keys()));
});
