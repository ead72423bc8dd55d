import assert from "node:assert/strict";
import { createQueryComposer } from "@syncline/core";
import {
  type CategoryFields,
  type CategorySources,
  type Condition,
  category,
  isSynclineError,
  parseCondition,
  type SourcedCategory,
} from "@syncline/core/spi";
import { testStrategy } from "../../makers/test-strategy.ts";
import { never, rejectsWith } from "../../suite/expectations.ts";
import { type DatabaseCheck, type DatabaseCheckGroup, onScene } from "../database-check.ts";
import { routeTo, type Scene, strategyName } from "../scene.ts";

type Sourced = (fields: CategoryFields, columns?: { readonly [field: string]: string }) => SourcedCategory;

function onSources(
  name: string,
  run: (sources: CategorySources, sourced: Sourced, scene: Scene) => Promise<void>,
): DatabaseCheck {
  const onTable = async (scene: Scene) => {
    const { session, source } = scene.fixture;
    const table = source.captureName;
    assert.ok(session.sources !== undefined, "the session has sources, as the capability says");
    assert.ok(table !== undefined, "the fixture's source has a captureName");
    const sourced: Sourced = (fields, columns = {}) => ({
      ...category("conformance.sourced", fields),
      source: { table, columns },
    });
    await run(session.sources, sourced, scene);
  };
  return onScene(name, onTable, "sources");
}

/** Quotes are as the database needs them. */
function isSameTable(one: string, other: string): boolean {
  const plain = (name: string) => name.replaceAll(/["`]/g, "").split(".").at(-1);
  return plain(one) === plain(other);
}

export const sourceChecks: DatabaseCheckGroup = {
  name: "sources of categories",
  checks: [
    onSources("what does not fit the table is told, by its place", async (sources, sourced) => {
      const placesOf = async (wanted: SourcedCategory) =>
        (await sources.check(wanted, never)).map(({ at, message }) => {
          assert.notEqual(message, "");
          return at;
        });
      assert.deepEqual(await placesOf(sourced({ id: "integer", text: "string" }, { text: "label" })), []);
      const nowhere = sourced({ id: "integer" });
      const elsewhere = { ...nowhere, source: { table: `${nowhere.source.table}_not_there` } };
      assert.deepEqual(await placesOf(elsewhere), ["source.table"]);
      assert.deepEqual(await placesOf(sourced({ id: "integer", text: "string" })), ["source.columns.text"]);
      assert.deepEqual(await placesOf(sourced({ id: "integer", label: "integer" })), ["fields.label"]);
    }),
    onSources("its keys are those that a backfill takes", async (sources, sourced, { fixture, backlog, poller }) => {
      await fixture.source.put([1, 2, 3].map((id) => ({ id, owner: id % 2, label: "x" })));
      const keysOf = async (wanted: SourcedCategory) => {
        const keys = await sources.keys(wanted, never);
        await backlog.backfill({ strategy: strategyName, category: wanted, keys }, never);
        const route = routeTo();
        await poller.dispatch(1_000, route, never);
        const parsed = route.seen.map(({ condition }) => parseCondition(wanted, condition));
        return [...new Set(parsed.map((each) => (each.ok ? each.key : "no key")))].sort();
      };
      assert.deepEqual(await keysOf(sourced({ itemId: "bigint" }, { itemId: "id" })), [
        '{"itemId":"1"}',
        '{"itemId":"2"}',
        '{"itemId":"3"}',
      ]);
      assert.deepEqual(await keysOf(sourced({ owner: "integer" })), ['{"owner":0}', '{"owner":1}']);
      const error: unknown = await sources
        .keys(sourced({ nothing: "string" }), never)
        .catch((thrown: unknown) => thrown);
      assert.ok(isSynclineError(error), "a source that does not fit has no keys");
      assert.deepEqual(
        [error.code, error.problems.map(({ at }) => at)],
        ["config.invalid", ["source.columns.nothing"]],
      );
    }),
    onSources(
      "of sources, a key that is gone is told from one that is there",
      async (sources, sourced, { fixture }) => {
        if (sources.presence === undefined) return;
        await fixture.source.put([1, 2, 3].map((id) => ({ id, owner: id % 2, label: "x" })));
        const there = async (wanted: SourcedCategory, keys: readonly Condition[]) => {
          const query = await sources.presence?.(wanted, never);
          assert.ok(query !== undefined, "of a table, it can be told");
          const composed = createQueryComposer(fixture.adapter.dialect).compose(
            testStrategy({ category: wanted, query }),
            keys,
            { form: "each" },
          );
          const limits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" } as const;
          const results = await fixture.session.queryRunner.run(composed.statements, limits, never);
          return results.map(({ rows }) => rows[0]?.[1] !== null);
        };
        assert.deepEqual(
          await there(sourced({ itemId: "bigint" }, { itemId: "id" }), [{ itemId: "1" }, { itemId: "4" }]),
          [true, false],
        );
        assert.deepEqual(
          await there(sourced({ id: "integer", owner: "integer" }), [
            { id: 1, owner: 1 },
            { id: 1, owner: 0 },
          ]),
          [true, false],
        );
      },
    ),
    onSources("tables are listed with their keys, and with types that fit", async (sources, sourced) => {
      if (sources.tables === undefined) return;
      const { source } = sourced({ id: "integer" });
      const listed = (await sources.tables(never)).find(({ table }) => isSameTable(table, source.table));
      assert.ok(listed !== undefined, "the source's table is listed");
      assert.deepEqual([listed.kind, listed.readable, listed.key], ["table", true, ["id"]]);
      assert.deepEqual(
        listed.columns.map(({ name }) => name).filter((name) => ["id", "owner", "label"].includes(name)),
        ["id", "owner", "label"],
      );
      for (const { name, field } of listed.columns) {
        if (field === null) continue;
        const wanted = sourced({ [name]: field });
        const asListed: SourcedCategory = { ...wanted, source: { ...wanted.source, table: listed.table } };
        assert.deepEqual(await sources.check(asListed, never), [], `${name} as ${field}`);
      }
    }),
    onSources("of sources, a call whose signal has fired is refused", async (sources, sourced) => {
      const aborted = AbortSignal.abort();
      const wanted = sourced({ id: "integer" });
      if (sources.tables !== undefined)
        await rejectsWith(["operation.aborted"], "an aborted tables", sources.tables(aborted));
      for (const member of ["check", "keys"] as const) {
        const call = Promise.resolve().then<unknown>(() => sources[member](wanted, aborted));
        await rejectsWith(["operation.aborted"], `an aborted ${member}`, call);
      }
    }),
  ],
};
