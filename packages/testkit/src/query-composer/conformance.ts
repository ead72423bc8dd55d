import assert from "node:assert/strict";
import type { Condition, QueryComposer, QueryResult, Statement } from "@syncline/core/spi";
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

const runningChecks: readonly ComposerCheck[] = [
  {
    name: "what is composed one by one runs, and yields each condition's own rows",
    requires: ["runs"],
    run: async (fixture) => {
      const results = await runComposed(fixture, "each", [other, one, other, one]);
      assert.deepEqual(
        results.map(({ rows }) => rows.length),
        [0, 1, 0, 1],
      );
    },
  },
  {
    name: "what is composed as a set runs, and its first column is the position of the row's condition",
    requires: ["set", "runs"],
    run: async (fixture) => {
      const results = await runComposed(fixture, "set", [other, one, other, one]);
      const positions = results.flatMap(({ rows }) => rows.map(([position]) => position));
      assert.deepEqual([...positions].sort(), [1, 3]);
    },
  },
];

async function runComposed(
  { composer, template, run }: QueryComposerFixture,
  mode: "set" | "each",
  conditions: readonly Condition[],
): Promise<readonly QueryResult[]> {
  assert.ok(run !== undefined, "the fixture has no run");
  return run(composer.compose(strategyOf(template, fields, mode), conditions).statements);
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
    run: async ({ composer }) => {
      for (const empty of ["", "  \n", "-- nothing"]) {
        assert.ok(composer.check(strategyOf(empty, fields, "each")).length > 0, JSON.stringify(empty));
      }
    },
  },
];

/** Every promise of a `QueryComposer`, as checks. What databases make of every key type is `databaseConformance`'s. */
export const queryComposerChecks: readonly CheckGroup<QueryComposerFixture, QueryComposerCapability>[] = [
  { name: "composing", checks: compositionChecks },
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
