import type { QueryComposer, Strategy } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import { runCheck } from "../suite/declare-suite.ts";
import { memoryComposerFixture } from "../testing/memory-composer-fixture.ts";
import { queryComposerChecks, queryComposerConformance } from "./conformance.ts";

queryComposerConformance(() => memoryComposerFixture(), { describe, it }, { capabilities: ["set", "runs"] });

type Mutant = readonly [name: string, caughtBy: string, broken: (sound: QueryComposer) => Partial<QueryComposer>];

let drawn = 0;

const answersOneByOne =
  "what is composed one by one runs, and each statement answers: its condition's own rows, or that there is none";
const answersAsSet = "what is composed as a set runs, and answers for each condition by its position";

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
        mode: strategy.compose === "each" ? "each" : "set",
        statements: [{ text: `${strategy.query} ${JSON.stringify(conditions)}`, parameters: [] }],
      }),
    }),
  ],
  [
    "splits a set",
    "as a set, there is one statement, however many conditions there are",
    asIf((form) => (form === "each" ? form : "each")),
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
    "joins what is to be fenced, and what is to be read one by one",
    "a form that the strategy pins, or the call asks for, is the one that is composed",
    asIf(() => "joined"),
  ],
  [
    "forgets the form that a call asks for",
    "a form that the strategy pins, or the call asks for, is the one that is composed",
    ({ compose }) => ({ compose: (strategy, conditions) => compose(strategy, conditions) }),
  ],
  ["binds one by one what the first condition says", answersOneByOne, firstForAll],
  ["runs the template as it is, one by one", answersOneByOne, withText((text) => text.replace(/^ONE \(|\)$/g, ""))],
  [
    "turns the order of a set round",
    answersAsSet,
    ({ compose }) => ({
      compose: (strategy, conditions, shape) => compose(strategy, [...conditions].reverse(), shape),
    }),
  ],
  ["runs the template as it is, as a set", answersAsSet, withText((text) => text.replace(/^KEYS \(|\)$/g, ""))],
  [
    "asks for half of the conditions",
    answersAsSet,
    ({ compose }) => ({
      compose: (strategy, conditions, shape) => {
        const half = compose(strategy, conditions.slice(0, Math.ceil(conditions.length / 2)), shape);
        return half.mode === "set" ? half : compose(strategy, conditions, shape);
      },
    }),
  ],
  [
    "reads another column in what is fenced",
    "every form gives the same documents",
    ({ compose }) => ({
      compose: (strategy, conditions, shape) => {
        const isFenced = (shape?.form ?? strategy.compose) === "fenced";
        const query = isFenced ? strategy.query.replace(`i.label AS "label"`, `i.id AS "label"`) : strategy.query;
        return compose({ ...strategy, query }, conditions, shape);
      },
    }),
  ],
  ["finds no problem", "a parameter that is no key field is a problem, named and placed in the query", findsNone],
  ["finds no fault with a template for all keys", "a template without a key field is a problem", findsNone],
  ["finds no fault with nothing", "an empty template is a problem", findsNone],
];

/** Composes another form than it is told to. */
function asIf(other: (form: Strategy["compose"]) => Strategy["compose"]): Mutant[2] {
  return ({ compose }) => ({
    compose: (strategy, conditions, shape = {}) =>
      compose({ ...strategy, compose: other(shape.form ?? strategy.compose) }, conditions),
  });
}

function withText(alter: (text: string) => string): Mutant[2] {
  return ({ compose }) => ({
    compose: (...given) => {
      const { mode, statements } = compose(...given);
      return { mode, statements: statements.map(({ text, ...rest }) => ({ ...rest, text: alter(text) })) };
    },
  });
}

function firstForAll({ compose }: QueryComposer): Partial<QueryComposer> {
  return {
    compose: (strategy, [first, ...rest], shape) =>
      compose(strategy, first === undefined ? rest : [first, ...rest.map(() => first)], shape),
  };
}

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
