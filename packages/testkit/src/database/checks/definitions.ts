import assert from "node:assert/strict";
import type { DefinitionEdit, DefinitionRow, DefinitionTable } from "@syncline/core/spi";
import { never, rejectsWith } from "../../suite/expectations.ts";
import { type DatabaseCheck, type DatabaseCheckGroup, onScene } from "../database-check.ts";
import type { Scene } from "../scene.ts";

function onTables(name: string, run: (table: DefinitionTable, scene: Scene) => Promise<void>): DatabaseCheck {
  const onDefinitions = async (scene: Scene) => {
    const { definitions } = scene.fixture.session;
    assert.ok(definitions !== undefined, "the session has definitions, as the capability says");
    await run(definitions, scene);
  };
  return onScene(name, onDefinitions, "definitions");
}

const row = (kind: DefinitionRow["kind"], name: string, definition: object, enabled = true): DefinitionRow => ({
  ...{ kind, name, enabled },
  definition: JSON.stringify(definition),
});
const order = row("category", "order", { fields: { orderId: "bigint" } });
const part = row("category", "Part", { fields: { größe: "string" }, source: { table: `"a b"` } });
const crm = row("strategy", "crm", { category: "order", query: "SELECT 'it''s' -- :x\n\\ 🚲", batch: 2 });
const off = row("strategy", "off", { category: "order", query: "q", coalesce: false }, false);

/** JSON keeps no order of its members in every database, nor blanks. */
const read = (rows: readonly DefinitionRow[]) =>
  [...rows]
    .map((each) => ({ ...each, definition: JSON.parse(each.definition) as unknown }))
    .sort((one, other) => (`${one.kind} ${one.name}` < `${other.kind} ${other.name}` ? -1 : 1));

async function put(table: DefinitionTable, ...edits: readonly DefinitionEdit[]): Promise<string> {
  const { revision } = await table.list(never);
  assert.equal(await table.edit(edits, revision, never), true, "an edit of what was listed is done");
  return revision;
}

export const definitionChecks: DatabaseCheckGroup = {
  name: "tables of categories and strategies",
  checks: [
    onTables("definitions are listed as they were put, those too that are switched off", async (table) => {
      assert.deepEqual((await table.list(never)).rows, []);
      await put(table, order, part, crm, off);
      assert.deepEqual(read((await table.list(never)).rows), read([order, part, crm, off]));
    }),
    onTables("a definition that is there is replaced, and a removed one is gone", async (table) => {
      await put(table, order, part, crm, off);
      const changed = row("strategy", "crm", { category: "order", query: "SELECT 2" }, false);
      const switchedOn = { ...off, enabled: true };
      const grown = row("category", "order", { fields: { orderId: "bigint", line: "integer" } });
      await put(table, changed, switchedOn, grown, { kind: "category", name: "Part", remove: true });
      assert.deepEqual(read((await table.list(never)).rows), read([grown, changed, switchedOn]));
      await put(
        table,
        { kind: "strategy", name: "crm", remove: true },
        { kind: "strategy", name: "none", remove: true },
      );
      assert.deepEqual(read((await table.list(never)).rows), read([grown, switchedOn]));
    }),
    onTables("names that differ in case alone are two definitions", async (table) => {
      const upper = row("category", "Order", { fields: { id: "uuid" } });
      const loud = row("strategy", "CRM", { category: "Order", query: "q" });
      await put(table, order, upper, crm, loud);
      assert.deepEqual(read((await table.list(never)).rows), read([order, upper, crm, loud]));
    }),
    onTables("nothing is edited where somebody has edited since, categories or strategies", async (table) => {
      for (const [between, edit] of [
        [order, crm],
        [off, part],
      ] as const) {
        const before = await put(table, between);
        assert.equal(await table.edit([edit], before, never), false, "an edit of an older revision is not done");
      }
      assert.deepEqual(read((await table.list(never)).rows), read([order, off]));
    }),
    {
      ...onTables("an edit is kept in the audit, and one that is not done is not", async (table, { fixture }) => {
        const { audit } = fixture.session;
        assert.ok(audit !== undefined, "the session has an audit, as the capability says");
        const record = { action: "apply", actor: "ann", reason: "why", strategy: null, selection: "{}" } as const;
        const { revision } = await table.list(never);
        assert.equal(await table.edit([order, crm], revision, never, record), true);
        assert.equal(await table.edit([part], revision, never, record), false);
        const { items } = await audit.list({ action: "apply" }, never);
        assert.deepEqual(
          items.map(({ action, actor, reason, count }) => [action, actor, reason, count]),
          [["apply", "ann", "why", 2]],
        );
      }),
      requires: ["definitions", "audit"],
    },
    onTables("edits are done together or not at all", async (table) => {
      await put(table, order);
      const { revision } = await table.list(never);
      const unfit = { ...crm, definition: "no JSON" };
      await assert.rejects(table.edit([part, unfit], revision, never), "what is no JSON is refused");
      assert.deepEqual(await table.list(never), { rows: (await table.list(never)).rows, revision });
      assert.deepEqual(read((await table.list(never)).rows), read([order]));
    }),
    onTables("categories are loaded by name, each with its place", async (table) => {
      assert.deepEqual((await table.categories(never)).categories, []);
      await put(table, order, part, crm);
      const { categories } = await table.categories(never);
      assert.deepEqual(
        [...categories]
          .map(({ definition }) => asJson(definition))
          .sort((one, other) => (one.name < other.name ? -1 : 1)),
        [
          { name: "Part", fields: { größe: "string" }, source: { table: `"a b"` } },
          { name: "order", fields: { orderId: "bigint" } },
        ],
      );
      assert.equal(new Set(categories.map(({ source }) => source)).size, 2);
    }),
    onTables("one revision is that of lists, categories, strategies and routing", async (table, scene) => {
      const store = scene.fixture.session.strategyStore;
      assert.ok(store !== undefined, "whoever edits strategies loads them");
      const seen = new Set<string>();
      for (const edit of [
        order,
        crm,
        { ...crm, enabled: false },
        { kind: "category", name: "order", remove: true },
      ] as const) {
        await put(table, edit);
        const { revision } = await table.list(never);
        assert.equal((await table.categories(never)).revision, revision);
        assert.equal((await store.load(never)).revision, revision);
        await scene.record("a");
        let told: string | undefined;
        await scene.poller.dispatch(
          10,
          (_, given) => {
            told = given;
            return { deliveries: [], refused: [] };
          },
          never,
        );
        assert.equal(told, revision, "routing is told the revision");
        seen.add(revision);
      }
      assert.equal(seen.size, 4, "each edit changes the revision");
    }),
    onTables("a list and an edit whose signal has fired are refused", async (table) => {
      const { revision } = await table.list(never);
      const aborted = AbortSignal.abort();
      await rejectsWith(["operation.aborted"], "a list", table.list(aborted));
      await rejectsWith(["operation.aborted"], "categories", table.categories(aborted));
      await rejectsWith(["operation.aborted"], "an edit", table.edit([order], revision, aborted));
      assert.deepEqual((await table.list(never)).rows, []);
    }),
  ],
};

/** A runner may give its tests objects of a realm of their own. */
function asJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
