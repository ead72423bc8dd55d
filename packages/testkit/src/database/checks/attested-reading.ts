import assert from "node:assert/strict";
import { createQueryComposer } from "@syncline/core";
import type { Condition, FieldType, QueryResult, Statement } from "@syncline/core/spi";
import { never, rejectsWith } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import type { DatabaseFixture, SourceRow } from "../fixture.ts";
import { answersTo, forms, limits, readAs, rowsOfOwner, shapeOf, strategyOf, waysOf } from "../reading.ts";

const owner = { owner: "integer" } as const;
const ownersOf = (...owners: readonly number[]): readonly Condition[] => owners.map((one) => ({ owner: one }));

/** So many rows, whose owners are told by their ids. */
async function putRows({ source }: DatabaseFixture, count: number, ownerOf: (id: number) => number): Promise<void> {
  await source.put(Array.from({ length: count }, (_, id): SourceRow => ({ id, owner: ownerOf(id), label: `l${id}` })));
}

/**
 * By key: how many rows it answered with, `none`, or nothing at all. Anything that is no such
 * answer fails: a position that was not asked for, a second answer beside `none`, a value in it.
 */
function answersBy(
  count: number,
  results: readonly QueryResult[],
  what: string,
): readonly (number | "none" | undefined)[] {
  const answers: (number | "none" | undefined)[] = Array.from({ length: count }, () => undefined);
  const isSet = results.length === 1 && count !== 1;
  assert.ok(isSet || results.length === count, `${what}: ${results.length} results for ${count} keys`);
  results.forEach(({ rows }, statement) => {
    for (const [position, present, ...values] of rows) {
      const key = isSet ? Number(position) : statement + Number(position);
      assert.ok(Number.isInteger(key) && key >= 0 && key < count, `${what}: a row of key ${position}`);
      const before = answers[key];
      if (present === null || present === undefined) {
        assert.equal(before, undefined, `${what}: key ${key} has no rows, and rows`);
        assert.ok(
          values.every((value) => value === null),
          `${what}: key ${key} has no row, and values`,
        );
        answers[key] = "none";
      } else {
        assert.notEqual(before, "none", `${what}: key ${key} has rows, and no rows`);
        answers[key] = typeof before === "number" ? before + 1 : 1;
      }
    }
  });
  return answers;
}

/** Owner 1 has three rows, owner 2 one, all others none. */
const expectations: readonly (readonly [keys: readonly number[], answers: readonly (number | "none")[]])[] = [
  [[2], [1]],
  [[7], ["none"]],
  [
    [1, 2],
    [3, 1],
  ],
  [
    [7, 1, 8, 2, 9],
    ["none", 3, "none", 1, "none"],
  ],
  [
    [7, 8, 9, 10],
    ["none", "none", "none", "none"],
  ],
  [
    [1, 7, 1, 7, 2],
    [3, "none", 3, "none", 1],
  ],
];

export const attestedReadingChecks: DatabaseCheckGroup = {
  name: "attested reads",
  checks: [
    onScene("every key answers: with its rows, or that it has none", async ({ fixture }) => {
      await putRows(fixture, 4, (id) => (id < 3 ? 1 : 2));
      for (const form of forms) {
        for (const [owners, expected] of expectations) {
          const strategy = strategyOf(rowsOfOwner(fixture), owner, form);
          const results = await answersTo(fixture, strategy, ownersOf(...owners));
          const what = `${form}, owners ${owners.join()}`;
          assert.deepEqual(answersBy(owners.length, results, what), expected, what);
        }
      }
    }),
    onScene("every key of an empty table answers that it has none", async ({ fixture }) => {
      for (const form of forms) {
        const results = await answersTo(fixture, strategyOf(rowsOfOwner(fixture), owner, form), ownersOf(1, 2, 3));
        assert.deepEqual(answersBy(3, results, form), ["none", "none", "none"], form);
      }
    }),
    onScene("first comes a key's position, then whether there is a row, then the template's columns", async (scene) => {
      const { fixture } = scene;
      await fixture.source.put([{ id: 1, owner: 1, label: null }]);
      const label = `${fixture.adapter.dialect.quoteIdentifier("label")}`;
      const query = `SELECT i.label AS ${label} FROM ${fixture.source.name} i WHERE i.owner = :owner`;
      for (const form of forms) {
        const results = await answersTo(fixture, strategyOf(query, owner, form), ownersOf(5, 1));
        for (const { columns } of results) assert.deepEqual(columns.slice(2), ["label"], form);
        const rows = results.flatMap((result) => result.rows);
        const [absent, present] = [...rows].sort(([, one], [, other]) => Number(one !== null) - Number(other !== null));
        // A row that holds nothing but NULL is a row.
        assert.ok(
          absent?.[1] === null && absent[2] === null,
          `${form}: the key without rows: ${JSON.stringify(absent)}`,
        );
        assert.ok(present?.length === 3 && present[1] !== null && present[1] !== undefined, `${form}: ${present}`);
        assert.equal(present[2], null, form);
        const positions = form === "each" ? [0, 0] : [0, 1];
        assert.deepEqual([absent[0], present[0]], positions, `${form}: positions are numbers`);
      }
    }),
    onScene(
      "every key of a large set answers, whether there are rows for all, for some or for none",
      async ({ fixture }) => {
        await putRows(fixture, 3_000, (id) => id);
        for (const form of forms) {
          // One statement for each key takes a while where each is a round trip.
          const count = form === "each" ? 400 : 4_000;
          for (const every of [1, 3, 0]) {
            const owners = Array.from({ length: count }, (_, key) =>
              every > 0 && key % every === 0 ? key % 3_000 : -1 - key,
            );
            const strategy = strategyOf(rowsOfOwner(fixture), owner, form);
            const results = await answersTo(fixture, strategy, ownersOf(...owners));
            const wrong = answersBy(count, results, form).filter(
              (answer, key) => answer !== ((owners[key] ?? -1) < 0 ? "none" : 1),
            );
            assert.deepEqual(wrong, [], `${form}: ${wrong.length} of ${count} keys`);
          }
        }
      },
    ),
    onScene("every form gives the same rows", async ({ fixture }) => {
      await putRows(fixture, 40, (id) => id % 7);
      await fixture.source.put([{ id: 40, owner: 3, label: null }]);
      const keys = ownersOf(3, 99, 0, 6, 3, -1, 5);
      const strategy = strategyOf(rowsOfOwner(fixture), owner);
      const each = sorted(await readAs(fixture, strategy, keys, { form: "each" }));
      assert.deepEqual(
        each.map((rows) => rows.length),
        [7, 0, 6, 5, 7, 0, 5],
      );
      for (const way of waysOf(fixture)) {
        assert.deepEqual(sorted(await readAs(fixture, strategy, keys, way)), each, JSON.stringify(way));
      }
    }),
    onScene("what is said of a template's parameters binds, in every form", async ({ fixture }) => {
      await putRows(fixture, 6, (id) => id % 3);
      const fields: { readonly [name: string]: FieldType } = { owner: "integer", label: "string" };
      const where = "i.owner = :owner AND i.label = :label AND i.owner = :owner";
      const strategy = strategyOf(rowsOfOwner(fixture, where), fields);
      const keys: readonly Condition[] = [
        { owner: 1, label: "l4" },
        { owner: 1, label: "l5" },
      ];
      await describesSoundly(fixture, where, fields);
      const shape = await shapeOf(fixture, strategy);
      for (const way of waysOf(fixture)) {
        const plain = await readAs(fixture, strategy, keys, way);
        const labels = plain.map((rows) => rows.map(({ label }) => label));
        assert.deepEqual(labels, [["l4"], []], `${JSON.stringify(way)}, with the fields' own types`);
        const described = sorted(await readAs(fixture, strategy, keys, { ...shape, ...way }));
        assert.deepEqual(described, sorted(plain), `${JSON.stringify(way)}, with the types that were described`);
      }
    }),
    onScene(
      "every form is a statement that the database takes, and says so where it can estimate",
      async ({ fixture }) => {
        await putRows(fixture, 3, () => 1);
        const good = statementsOf(fixture, rowsOfOwner(fixture));
        const bad = statementsOf(fixture, "SELECT i.id FROM there_is_no_such_table i WHERE i.id = :owner");
        for (const statement of good) await fixture.session.queryRunner.run([statement], limits, never);
        for (const statement of bad)
          await rejectsWith(
            ["query.invalid"],
            statement.text,
            fixture.session.queryRunner.run([statement], limits, never),
          );
        const mixed = good.flatMap((statement, index) => [statement, ...bad.slice(index, index + 1)]);
        const estimates = await fixture.session.queryRunner.estimate?.(mixed, never);
        const taken = estimates?.map((cost) => (cost === undefined ? "refused" : cost >= 0 && Number.isFinite(cost)));
        assert.deepEqual(taken ?? mixed.map(isGood), mixed.map(isGood), `${JSON.stringify(estimates)}`);
        function isGood(statement: Statement): true | "refused" {
          return good.includes(statement) ? true : "refused";
        }
      },
    ),
  ],
};

/** One statement in each form. */
function statementsOf({ adapter }: DatabaseFixture, query: string): readonly Statement[] {
  const composer = createQueryComposer(adapter.dialect);
  return forms.flatMap((form) => composer.compose(strategyOf(query, owner, form), ownersOf(1)).statements);
}

/** Where the adapter describes templates: a type for each occurrence, and nothing of what is no field. */
async function describesSoundly(
  fixture: DatabaseFixture,
  where: string,
  fields: { readonly [name: string]: FieldType },
): Promise<void> {
  const composer = createQueryComposer(fixture.adapter.dialect);
  const { queryRunner } = fixture.session;
  const probe = composer.probe?.(strategyOf(rowsOfOwner(fixture, where), fields));
  assert.equal(probe !== undefined, queryRunner.describe !== undefined, "nativeParameter and describe come together");
  if (probe === undefined || queryRunner.describe === undefined) return;
  const { types, equality, problems } = await queryRunner.describe(probe, never);
  assert.equal(types.length, probe.occurrences.length, "one type, or undefined, for each occurrence of a parameter");
  assert.deepEqual(problems, [], "problems of a template that is in order");
  for (const name of Object.keys(equality)) assert.ok(Object.hasOwn(fields, name), `the equality of ${name}, no field`);
  const broken = composer.probe?.(strategyOf("SELECT i.id FROM there_is_no_such_table i WHERE i.id = :owner", fields));
  assert.ok(broken !== undefined);
  await rejectsWith(["query.invalid"], "describing a table that is not there", queryRunner.describe(broken, never));
}

/** Each key's rows as texts, in an order of their own: a template without ORDER BY has none. */
function sorted(read: Awaited<ReturnType<typeof readAs>>): readonly (readonly string[])[] {
  return read.map((rows) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort());
}
