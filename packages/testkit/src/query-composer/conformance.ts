import assert from "node:assert/strict";
import { documentsOf } from "@syncline/core";
import type { ComposeForm, Condition, QueryComposer, QueryResult, Statement } from "@syncline/core/spi";
import { strategyOf } from "../database/reading.ts";
import type { Check, CheckGroup, Closable } from "../suite/check.ts";
import { declareSuite, type SuiteCounts } from "../suite/declare-suite.ts";
import type { ConformanceOptions, TestRunner } from "../suite/runner.ts";

export interface QueryComposerFixture extends Closable {
  readonly composer: QueryComposer;
  /** A template that the composer takes, on the key fields `:id` (bigint) and `:name` (string). */
  readonly template: string;
  /**
   * Runs statements on a database where the template yields one row for `{ id: 9007199254740993, name: "first'value" }` and
   * none for any other key. Capability `runs`.
   */
  run?(statements: readonly Statement[]): Promise<readonly QueryResult[]>;
}

/** `set`: the composer joins templates laterally, and does not only run them once per key. `runs`: there is a database. */
export type QueryComposerCapability = "set" | "runs";

type ComposerCheck = Check<QueryComposerFixture, QueryComposerCapability>;

const fields = { id: "bigint", name: "string" } as const;
const one: Condition = { id: "9007199254740993", name: "first'value" };
const other: Condition = { id: "-77", name: `"; DROP TABLE x; -- :name` };

const compositionChecks: readonly ComposerCheck[] = [
  {
    name: "a good template has no problems",
    run: async ({ composer, template }) => assert.deepEqual(composer.check(strategyOf(template, fields, "each")), []),
  },
  {
    name: "one by one, there is a statement for each condition, in their order",
    run: async ({ composer, template }) => {
      const strategy = strategyOf(template, fields, "each");
      const { mode, statements } = composer.compose(strategy, [one, other, one]);
      assert.deepEqual([mode, statements.length], ["each", 3]);
      assert.deepEqual(statements[0], statements[2]);
      assert.notDeepEqual(statements[0]?.parameters, statements[1]?.parameters);
    },
  },
  {
    name: "as a set, there is one statement, however many conditions there are",
    requires: ["set"],
    run: async ({ composer, template }) => {
      const strategy = strategyOf(template, fields);
      for (const count of [1, 2, 1_000]) {
        const conditions = Array.from({ length: count }, (_, id): Condition => ({ id: String(id), name: "n" }));
        const { mode, statements } = composer.compose(strategy, conditions);
        assert.deepEqual([mode, statements.length], ["set", 1], `${count} conditions`);
      }
    },
  },
  {
    name: "a value never becomes text of the statement",
    run: async ({ composer, template }) => {
      for (const mode of ["each", "set"] as const) {
        const strategy = strategyOf(template, fields, mode);
        if (composer.check(strategy).length > 0) continue;
        const texts = [one, other].map((condition) => composer.compose(strategy, [condition]).statements[0]?.text);
        assert.equal(texts[0], texts[1], `the text depends on the values (${mode})`);
      }
    },
  },
  {
    name: "composing changes nothing of what it is given, and gives the same again",
    run: async ({ composer, template }) => {
      const strategy = Object.freeze(strategyOf(template, fields, "each"));
      const conditions = Object.freeze([Object.freeze({ ...one }), Object.freeze({ ...other })]);
      assert.deepEqual(composer.compose(strategy, conditions), composer.compose(strategy, conditions));
      assert.deepEqual(conditions, [one, other]);
    },
  },
];

const forms: readonly ComposeForm[] = ["joined", "fenced", "each"];

const formChecks: readonly ComposerCheck[] = [
  {
    name: "a form that the strategy pins, or the call asks for, is the one that is composed",
    requires: ["set"],
    run: async ({ composer, template }) => {
      for (const form of forms) {
        const expected = form === "each" ? ["each", 2] : ["set", 1];
        const pinned = composer.compose(strategyOf(template, fields, form), [one, other]);
        assert.deepEqual([pinned.mode, pinned.statements.length], expected, `compose: ${form}`);
        const asked = composer.compose(strategyOf(template, fields), [one, other], { form });
        assert.deepEqual(asked, pinned, `the form ${form}, asked for`);
      }
    },
  },
];

const runningChecks: readonly ComposerCheck[] = [
  {
    name: "what is composed one by one runs, and each statement answers: its condition's own rows, or that there is none",
    requires: ["runs"],
    run: async (fixture) => {
      const results = await runComposed(fixture, "each", [other, one, other, one]);
      assert.deepEqual(results.map(answersOf), [["0 none"], ["0 row"], ["0 none"], ["0 row"]]);
    },
  },
  {
    name: "what is composed as a set runs, and answers for each condition by its position",
    requires: ["set", "runs"],
    run: async (fixture) => {
      for (const form of ["joined", "fenced"] as const) {
        const results = await runComposed(fixture, form, [other, one, other, one]);
        assert.deepEqual(results.map(answersOf), [["0 none", "1 row", "2 none", "3 row"]], form);
      }
    },
  },
  {
    name: "every form gives the same documents",
    requires: ["set", "runs"],
    run: async (fixture) => {
      const conditions = [one, other, one];
      const [joined, fenced, each] = await Promise.all(forms.map((form) => documentsIn(fixture, form, conditions)));
      assert.deepEqual(
        each?.map((rows) => rows.length),
        [1, 0, 1],
      );
      assert.deepEqual(joined, each, "joined and one by one");
      assert.deepEqual(fenced, each, "fenced and one by one");
    },
  },
];

/**
 * `0 row`: the position 0, and a row of the template's. `1 none`: the template yields nothing for
 * the condition 1.
 */
function answersOf({ rows }: QueryResult): readonly string[] {
  return rows
    .map(([position, present]) => `${position} ${present === null || present === undefined ? "none" : "row"}`)
    .sort();
}

async function documentsIn(fixture: QueryComposerFixture, form: ComposeForm, conditions: readonly Condition[]) {
  const strategy = strategyOf(fixture.template, fields, form);
  const composed = fixture.composer.compose(strategy, conditions);
  return documentsOf(strategy, composed, await run(fixture, composed.statements), conditions.length);
}

function runComposed(
  fixture: QueryComposerFixture,
  form: ComposeForm,
  conditions: readonly Condition[],
): Promise<readonly QueryResult[]> {
  return run(fixture, fixture.composer.compose(strategyOf(fixture.template, fields, form), conditions).statements);
}

function run(fixture: QueryComposerFixture, statements: readonly Statement[]): Promise<readonly QueryResult[]> {
  assert.ok(fixture.run !== undefined, "the fixture has no run");
  return fixture.run(statements);
}

const problemChecks: readonly ComposerCheck[] = [
  {
    name: "a parameter that is no key field is a problem, named and placed in the query",
    run: async ({ composer, template }) => {
      const problems = composer.check(strategyOf(template, { id: "bigint" }, "each"));
      assert.ok(problems.length > 0);
      assert.ok(
        problems.every(({ at }) => /^query(:\d+:\d+)?$/.test(at)),
        problems.map(({ at }) => at).join(),
      );
      assert.ok(problems.some(({ message }) => message.includes("name")));
    },
  },
  {
    name: "a template without a key field is a problem",
    run: async ({ composer, template }) => {
      const bare = template.replaceAll(/:(id|name)\b/g, "1");
      assert.ok(composer.check(strategyOf(bare, fields, "each")).length > 0, bare);
    },
  },
  {
    name: "an empty template is a problem",
    run: async ({ composer, template }) => {
      const strategy = strategyOf(template, fields, "each");
      for (const query of ["", "  \n", "-- nothing"]) {
        assert.ok(composer.check({ ...strategy, query }).length > 0, JSON.stringify(query));
      }
    },
  },
];

/** Every promise of a `QueryComposer`, as checks. What databases make of every key type is `databaseConformance`'s. */
export const queryComposerChecks: readonly CheckGroup<QueryComposerFixture, QueryComposerCapability>[] = [
  { name: "composing", checks: compositionChecks },
  { name: "forms", checks: formChecks },
  { name: "running", checks: runningChecks },
  { name: "problems", checks: problemChecks },
];

/** Declares, as tests of the runner, every promise that a `QueryComposer` makes. Errors: `TypeError` for wrong options. */
export function queryComposerConformance(
  createFixture: () => Promise<QueryComposerFixture> | QueryComposerFixture,
  runner: TestRunner,
  options: ConformanceOptions<QueryComposerCapability>,
): SuiteCounts {
  const capabilities: readonly QueryComposerCapability[] = ["set", "runs"];
  const suite = { name: "query composer conformance", capabilities, groups: queryComposerChecks };
  return declareSuite(suite, createFixture, runner, options);
}
