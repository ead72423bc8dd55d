import assert from "node:assert/strict";
import { createQueryComposer } from "@syncline/core";
import type { Condition, FieldType, Statement } from "@syncline/core/spi";
import { never, rejectsWith, sameMembers } from "../../suite/expectations.ts";
import { type DatabaseCheckGroup, onScene } from "../database-check.ts";
import type { DatabaseFixture, SourceRow } from "../fixture.ts";
import { forms, limits, readAs, readWith, rowsOfOwner, shapeOf, strategyOf, waysOf } from "../reading.ts";

const owner = { owner: "integer" } as const;

const putRows = ({ source }: DatabaseFixture, count: number, ownerOf: (id: number) => number = () => 1) =>
  source.put(Array.from({ length: count }, (_, id): SourceRow => ({ id, owner: ownerOf(id), label: `l${id}` })));

function idsOf(rows: readonly { readonly [column: string]: unknown }[] | undefined): readonly number[] {
  return (rows ?? []).map(({ id }) => Number(id)).sort((a, b) => a - b);
}

/** How the key `:v` comes out of a query, if its type is right and nothing is lost on the way. */
const keyValues: { readonly [Type in KeyType]: readonly Condition[string][] } = {
  string: [`it's "q" \\ {a,b} NULL, 😀\n$1 :v ?`, "NULL"],
  integer: [9_007_199_254_740_991, -1],
  bigint: ["-9223372036854775808", "9223372036854775807"],
  decimal: ["12345678901234567890.123456789"],
  uuid: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  date: ["2024-02-29"],
  timestamp: ["2024-01-02T03:04:05.678901Z"],
};
/** What a boolean comes out as is each database's own. */
type KeyType = Exclude<FieldType, "boolean">;

/** Not every database has a type for times with a zone: the same time in UTC may come without its Z. */
function comparable(type: FieldType, value: unknown): string {
  return type === "timestamp" ? String(value).replace(/Z$/, "") : String(value);
}

export const readingChecks: DatabaseCheckGroup = {
  name: "composed reads",
  checks: [
    onScene("every row is attributed to its key, for one, many and no rows", async ({ fixture }) => {
      await putRows(fixture, 7, (id) => (id < 5 ? 1 : id === 5 ? 2 : 4));
      const keys = [{ owner: 4 }, { owner: 1 }, { owner: 3 }, { owner: 2 }];
      for (const form of forms) {
        const read = await readWith(fixture, strategyOf(rowsOfOwner(fixture), owner, form), keys);
        assert.deepEqual(read.map(idsOf), [[6], [0, 1, 2, 3, 4], [], [5]], `compose: ${form}`);
      }
    }),
    onScene("a key given twice gets its rows twice", async ({ fixture }) => {
      await putRows(fixture, 2, (id) => id);
      for (const form of forms) {
        const strategy = strategyOf(rowsOfOwner(fixture), owner, form);
        const read = await readWith(fixture, strategy, [{ owner: 1 }, { owner: 0 }, { owner: 1 }]);
        assert.deepEqual(read.map(idsOf), [[1], [0], [1]], `compose: ${form}`);
      }
    }),
    onScene("a thousand keys read as one set, and each row belongs to its key", async ({ fixture }) => {
      await putRows(fixture, 2_000, (id) => id % 1_000);
      const keys = Array.from({ length: 1_000 }, (_, index) => ({ owner: (index * 337) % 1_001 }));
      const read = await readWith(fixture, strategyOf(rowsOfOwner(fixture), owner), keys);
      read.forEach((rows, index) => {
        const of = keys[index]?.owner ?? -1;
        assert.deepEqual(idsOf(rows), of === 1_000 ? [] : [of, of + 1_000]);
      });
    }),
    onScene("a NULL and an empty text come out as they are", async ({ fixture }) => {
      await fixture.source.put([
        { id: 1, owner: 1, label: null },
        { id: 2, owner: 2, label: "" },
        { id: 3, owner: 3, label: "NULL" },
      ]);
      for (const form of forms) {
        const keys = [{ owner: 1 }, { owner: 2 }, { owner: 3 }];
        const read = await readWith(fixture, strategyOf(rowsOfOwner(fixture), owner, form), keys);
        assert.deepEqual(
          read.map((rows) => rows[0]?.label),
          [null, "", "NULL"],
          `compose: ${form}`,
        );
      }
    }),
    ...Object.entries(keyValues).map(([type, values]) =>
      onScene(`a key of type ${type} reaches the template exactly, as a set and one by one`, async ({ fixture }) => {
        await putRows(fixture, 1);
        const alias = fixture.adapter.dialect.quoteIdentifier("v");
        for (const value of values) {
          for (const way of waysOf(fixture)) {
            const query = `SELECT :v AS ${alias} FROM ${fixture.source.name} i WHERE i.id = 0`;
            const strategy = strategyOf(query, { v: type as KeyType });
            const shape = { ...(await shapeOf(fixture, strategy)), ...way };
            const read = await readAs(fixture, strategy, [{ v: value }, { v: value }], shape);
            const out = read.map((rows) => rows.map((row) => comparable(type as KeyType, row.v)));
            const expected = comparable(type as KeyType, value);
            assert.deepEqual(out, [[expected], [expected]], `${String(value)}, ${JSON.stringify(way)}`);
          }
        }
      }),
    ),
    onScene("a text key finds exactly its rows, whatever is in it", async ({ fixture }) => {
      const labels = ["a", "A", "it's", `"q"`, "\\", "größe 🚲", "%", "_", "' OR '1'='1", "{a,b}", "$1", ":label", "?"];
      await fixture.source.put(labels.map((label, id) => ({ id, owner: 1, label })));
      for (const form of forms) {
        const strategy = strategyOf(rowsOfOwner(fixture, "i.label = :label"), { label: "string" }, form);
        const read = await readWith(
          fixture,
          strategy,
          labels.map((label) => ({ label })),
        );
        assert.deepEqual(
          read.map(idsOf),
          labels.map((_, id) => [id]),
          `compose: ${form}`,
        );
      }
    }),
    onScene("a key of several fields is one key", async ({ fixture }) => {
      await putRows(fixture, 6, (id) => id % 2);
      const query = rowsOfOwner(fixture, "i.owner = :owner AND i.id = :id");
      const keys = [
        { owner: 0, id: 2 },
        { owner: 1, id: 2 },
        { owner: 1, id: 3 },
      ];
      for (const form of forms) {
        const read = await readWith(fixture, strategyOf(query, { id: "integer", owner: "integer" }, form), keys);
        assert.deepEqual(read.map(idsOf), [[2], [], [3]], `compose: ${form}`);
      }
    }),
    onScene(
      "joins, aggregates and sub-selects work for many keys at once",
      async ({ fixture }) => {
        await putRows(fixture, 30, (id) => id % 3);
        const { name } = fixture.source;
        const alias = fixture.adapter.dialect.quoteIdentifier("n");
        const templates = [
          `SELECT COUNT(*) AS ${alias} FROM ${name} i WHERE i.owner = :owner`,
          `SELECT COUNT(*) AS ${alias} FROM ${name} i JOIN ${name} j ON j.id = i.id WHERE i.owner = :owner`,
          `SELECT DISTINCT (SELECT COUNT(*) FROM ${name} j WHERE j.owner = :owner) AS ${alias} FROM ${name} i WHERE i.owner = :owner`,
          `SELECT COUNT(*) AS ${alias} FROM (SELECT i.id FROM ${name} i WHERE i.owner = :owner) q -- the end`,
          `SELECT COUNT(*) AS ${alias} FROM ${name} i WHERE i.owner = :owner GROUP BY i.owner HAVING COUNT(*) > 1;`,
        ];
        for (const query of templates) {
          for (const form of forms) {
            const read = await readWith(fixture, strategyOf(query, owner, form), [{ owner: 0 }, { owner: 2 }]);
            assert.deepEqual(
              read.map((rows) => rows.map(({ n }) => Number(n))),
              [[10], [10]],
              `${query} (${form})`,
            );
          }
        }
      },
      "sql",
    ),
    onScene(
      "the rows of a key have the order that the template asks for",
      async ({ fixture }) => {
        const labels = ["d", "a", "c", "b"];
        await fixture.source.put(labels.map((label, id) => ({ id, owner: id % 2, label })));
        const query = `${rowsOfOwner(fixture)} ORDER BY i.label DESC`;
        // Some databases take no sub-query that sorts.
        const isSet = fixture.adapter.dialect.refuseLateral?.(query) === undefined;
        for (const form of isSet ? forms : (["each"] as const)) {
          const read = await readWith(fixture, strategyOf(query, owner, form), [{ owner: 1 }, { owner: 0 }]);
          assert.deepEqual(
            read.map((rows) => rows.map(({ label }) => label)),
            [
              ["b", "a"],
              ["d", "c"],
            ],
            `compose: ${form}`,
          );
        }
      },
      "sql",
    ),
    onScene("whole numbers travel as numbers where the strategy says so", async ({ fixture }) => {
      await putRows(fixture, 3);
      const query = rowsOfOwner(fixture, "i.id = :id");
      const [rows] = await readWith(fixture, strategyOf(query, { id: "bigint" }), [{ id: "2" }], { numbers: "number" });
      assert.deepEqual(rows, [{ id: 2, label: "l2" }]);
    }),
    onScene("a result has its columns, its rows as lists, and one entry for each statement", async ({ fixture }) => {
      await putRows(fixture, 2);
      const { dialect } = fixture.adapter;
      const text = `SELECT i.label AS ${dialect.quoteIdentifier("x")}, i.label AS ${dialect.quoteIdentifier("y")} FROM ${fixture.source.name} i WHERE i.id = ${dialect.parameter(1, "integer")}`;
      const statements: readonly Statement[] = [1, 0, 5].map((id) => ({
        text,
        parameters: [dialect.bind(id, "integer")],
      }));
      const results = await fixture.session.queryRunner.run(statements, limits, never);
      assert.deepEqual(
        results.map(({ columns }) => columns),
        [
          ["x", "y"],
          ["x", "y"],
          ["x", "y"],
        ],
      );
      assert.deepEqual(
        results.map(({ rows }) => rows),
        [[["l1", "l1"]], [["l0", "l0"]], []],
      );
    }),
    onScene("a column's name that is there twice comes back twice, for core to refuse", async ({ fixture }) => {
      await putRows(fixture, 1);
      const name = fixture.adapter.dialect.quoteIdentifier("twice");
      const text = `SELECT i.id AS ${name}, i.label AS ${name} FROM ${fixture.source.name} i`;
      const [result] = await fixture.session.queryRunner.run([{ text, parameters: [] }], limits, never);
      assert.deepEqual(result?.columns, ["twice", "twice"]);
      assert.deepEqual(
        result?.rows.map(([id, label]) => [Number(id), label]),
        [[0, "l0"]],
      );
    }),
    onScene("as many rows as the limit says are read, and one more is refused", async ({ fixture }) => {
      await putRows(fixture, 11, (id) => (id < 10 ? 1 : 2));
      const strategy = strategyOf(rowsOfOwner(fixture), owner);
      const [rows] = await readWith(fixture, strategy, [{ owner: 1 }], { maxRows: 10 });
      assert.equal(rows?.length, 10);
      const tooMany = readWith(fixture, strategy, [{ owner: 1 }, { owner: 2 }], { maxRows: 10 });
      await rejectsWith(["query.row-limit"], "eleven rows with a limit of ten", tooMany);
    }),
    onScene("rows that outgrow the byte limit are refused, and the next read works", async ({ fixture }) => {
      await fixture.source.put(
        Array.from({ length: 101 }, (_, id) => ({ id, owner: id < 100 ? 1 : 2, label: "x".repeat(200) })),
      );
      for (const form of forms) {
        const strategy = strategyOf(rowsOfOwner(fixture), owner, form);
        const within = await readWith(fixture, strategy, [{ owner: 2 }, { owner: 1 }], { maxBytes: 100_000 });
        assert.deepEqual(
          within.map((rows) => rows.length),
          [1, 100],
          `compose: ${form}`,
        );
        const beyond = readWith(fixture, strategy, [{ owner: 2 }, { owner: 1 }], { maxBytes: 10_000 });
        await rejectsWith(["query.byte-limit"], `20,000 bytes with a limit of 10,000, compose: ${form}`, beyond);
        const [rows] = await readWith(fixture, strategy, [{ owner: 2 }], { maxBytes: 10_000 });
        assert.deepEqual(idsOf(rows), [100], "the next read");
      }
    }),
    onScene("a read that tries to write is refused, and writes nothing", async ({ fixture }) => {
      await putRows(fixture, 3);
      assert.ok(fixture.templates.writing.length > 0, "the fixture names no template that tries to write");
      for (const text of fixture.templates.writing) {
        const reading = fixture.session.queryRunner.run([{ text, parameters: [] }], limits, never);
        await rejectsWith(["query.refused", "query.invalid"], text, reading);
        const read = await readWith(fixture, strategyOf(rowsOfOwner(fixture), owner), [{ owner: 1 }]);
        const labels = read.flat().map(({ label }) => label);
        sameMembers(labels, ["l0", "l1", "l2"], `the rows after ${text}`);
      }
    }),
    onScene("where plans are told, each statement has one, and nothing of it runs", async ({ fixture }) => {
      const { session, adapter, source, templates } = fixture;
      const explain = session.queryRunner.explain?.bind(session.queryRunner);
      if (explain === undefined) return;
      await putRows(fixture, 3);
      const composer = createQueryComposer(adapter.dialect);
      const strategy = strategyOf(rowsOfOwner(fixture), owner);
      const statements = forms.flatMap((form) =>
        composer.compose(strategy, [{ owner: 1 }, { owner: 2 }], { form }).statements.slice(0, 1),
      );
      const plans = await explain(statements, never);
      assert.equal(plans.length, statements.length);
      for (const plan of plans) assert.ok(plan.trim() !== "", "a plan of some lines");
      for (const text of templates.writing) await explain([{ text, parameters: [] }], never).catch(() => {});
      const nowhere = `SELECT i.nowhere FROM ${source.name} i`;
      await rejectsWith(["query.invalid"], nowhere, explain([{ text: nowhere, parameters: [] }], never));
      const [rows] = await readWith(fixture, strategy, [{ owner: 1 }]);
      assert.equal(rows?.length, 3, "the rows afterwards");
    }),
    onScene("what is wrong with a template is the template's fault", async ({ fixture }) => {
      await putRows(fixture, 1);
      for (const query of [
        `SELECT i.nowhere FROM ${fixture.source.name} i WHERE i.id = :id`,
        "SELECT i.id FROM there_is_no_such_table i WHERE i.id = :id",
        `SELECT i.id FROM ${fixture.source.name} i WHERE = :id`,
      ]) {
        const reading = readWith(fixture, strategyOf(query, { id: "integer" }), [{ id: 1 }]);
        await rejectsWith(["query.invalid"], query, reading);
      }
    }),
    onScene(
      "a value that makes the query fail is the value's fault, and other keys read on",
      async ({ fixture }) => {
        await fixture.source.put([{ id: 1, owner: 1, label: "x" }]);
        const strategy = strategyOf(fixture.templates.failing ?? "", { id: "integer" });
        await rejectsWith(["query.data"], "a label that is no number", readWith(fixture, strategy, [{ id: 1 }]));
        assert.deepEqual(await readWith(fixture, strategy, [{ id: 2 }]), [[]]);
      },
      "failingValues",
    ),
  ],
};
