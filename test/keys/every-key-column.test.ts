import { category, createPipeline, strategy } from "@syncline/core";
import type { FieldType, SyncCall, Transport } from "@syncline/core/spi";
import { createDatabase } from "@syncline/dev-postgres";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { type KeyColumn, keyColumns, leftOut, refusedColumns } from "./key-columns.ts";

/**
 * Every column type × every way of recording × every form: the living row is told as living, and
 * under one key.
 */

const url = await createDatabase(await testDatabase());
const pool = new pg.Pool({ connectionString: url });
afterAll(() => pool.end());
await pool.query(`CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('so so'); CREATE DOMAIN code AS char(8)`);

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const forms = ["joined", "fenced", "each"] as const;

/** What came to the downstream, by strategy. */
const calls = new Map<string, SyncCall[]>();
const collecting: Transport = {
  specVersion: 1,
  name: "collecting",
  capabilities: { batch: true, perItemOutcome: false, delete: true },
  open: () => ({
    invoke: async (call) => {
      const own = calls.get(call.strategy) ?? [];
      calls.set(call.strategy, [...own, call]);
      return { status: "accepted" };
    },
  }),
};

interface Subject {
  readonly name: string;
  readonly column: KeyColumn;
  readonly field: FieldType;
}

const subjects = keyColumns.flatMap((column, index) =>
  column.fields.map((field): Subject => ({ name: `k${index}_${field}`, column, field })),
);

function categoryOf({ name, field }: Subject) {
  return category(name, { k: field });
}

function strategiesOf(subject: Subject) {
  return forms.map((compose) =>
    strategy(`${subject.name}-${compose}`, {
      category: categoryOf(subject),
      query: `SELECT note FROM ${subject.name} WHERE k = :k`,
      downstream: "d",
      path: "/",
      whenAbsent: "delete",
      compose,
    }),
  );
}

function pipelineOf(of: readonly Subject[]) {
  return createPipeline<pg.ClientBase>({
    database: postgres({ connectionString: url }),
    categories: of.map(categoryOf),
    strategies: of.flatMap(strategiesOf),
    downstreams: { d: collecting },
    log: silent,
  });
}

/** As somebody has it in code who read the row: texts, and what JSON says without a loss. */
function inCode(field: FieldType, text: string): unknown {
  if (field === "boolean") return text === "true";
  return field === "integer" ? Number(text) : text;
}

it("covers every type that PostgreSQL can compare", async () => {
  const { rows } = await pool.query<{ name: string }>(`
    SELECT DISTINCT t.typname AS name FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_type t ON t.oid = o.opcintype
     WHERE o.opcdefault AND t.typnamespace = 'pg_catalog'::regnamespace ORDER BY 1`);
  const tried = new Set(
    [...keyColumns.map(({ type }) => type), ...refusedColumns.map(([type]) => type)].map((type) =>
      type.replace(/\(.*/, "").replaceAll('"', ""),
    ),
  );
  const others = new Set([...leftOut, "bit", "aclitem", "box", "circle", "point", "polygon", "xid", "cid", "regclass"]);
  expect(rows.map(({ name }) => name).filter((name) => !tried.has(name) && !others.has(name))).toEqual([]);
});

it("tells the living row as living, under one key, however it was recorded and read", async () => {
  for (const { name, column } of subjects) {
    await pool.query(`CREATE TABLE ${name} (k ${column.type}, note text)`);
    await pool.query(`INSERT INTO ${name} VALUES (${column.value}, 'living')`);
  }
  const pipeline = pipelineOf(subjects);
  await pipeline.migrate();
  const refused = new Set<string>();
  pipeline.on("refused", ({ changes }) => {
    for (const { change } of changes) refused.add(change.category);
  });
  const failures: string[] = [];
  pipeline.on("dead", ({ strategy, key, failure }) => failures.push(`${strategy} ${key}: ${failure.message}`));
  pipeline.on("circuitOpened", ({ strategy, failure }) => failures.push(`${strategy}: ${failure.message}`));
  await pipeline.start();

  const ways: { readonly [way: string]: (subject: Subject) => Promise<unknown> } = {
    "in code": ({ name, field, column }) =>
      recordInCode(pipeline, name, field, [`(SELECT k::text FROM ${name})`], column),
    "in code, spelled otherwise": ({ name, field, column }) =>
      field === "string"
        ? recordInCode(
            pipeline,
            name,
            field,
            (column.spellings ?? []).map((text) => `'${text}'`),
            column,
          )
        : Promise.resolve(),
    "by a trigger, or the SQL function": ({ name }) =>
      pool.query(`SELECT syncline.record_change('${name}', jsonb_build_object('k', k)) FROM ${name}`),
    "by the SQL function for many": ({ name }) =>
      pool.query(`SELECT syncline.record_changes('${name}', jsonb_agg(jsonb_build_object('k', k))) FROM ${name}`),
    "by backfill": async ({ name }) => {
      for (const form of forms) await pipeline.backfill(`${name}-${form}`, { keys: `SELECT k FROM ${name}` });
    },
  };
  for (const record of Object.values(ways)) {
    for (const subject of subjects) await record(subject);
    await pipeline
      .drain({ signal: AbortSignal.timeout(30_000) })
      .catch((error: unknown) => failures.push(String(error)));
  }
  await pipeline.stop();
  expect(failures).toEqual([]);

  const asText = subjects.filter(({ column, field }) => column.isScalarInJson && field === "string");
  expect([...refused].sort()).toEqual(asText.map(({ name }) => name).sort());
  const wrong = subjects.flatMap(({ name, column, field }) =>
    forms.flatMap((form) => {
      const own = calls.get(`${name}-${form}`) ?? [];
      const operations = new Set(own.map(({ operation }) => operation));
      const keys = new Set(own.flatMap(({ items }) => items.map(({ key }) => JSON.stringify(key))));
      const isRight =
        own.length >= (refused.has(name) ? 2 : 4) &&
        operations.size === 1 &&
        operations.has("upsert") &&
        keys.size === 1;
      return isRight ? [] : [`${column.type} as ${field}, ${form}: ${[...operations]} under ${[...keys]}`];
    }),
  );
  expect(wrong).toEqual([]);
  // Column types; with the field types that fit them; × forms × ways.
  expect([keyColumns.length, subjects.length, subjects.length * forms.length * Object.keys(ways).length]).toEqual([
    40, 57, 855,
  ]);
});

async function recordInCode(
  pipeline: ReturnType<typeof pipelineOf>,
  name: string,
  field: FieldType,
  texts: readonly string[],
  { type }: KeyColumn,
): Promise<void> {
  const own = category(name, { k: field });
  const client = await pool.connect();
  await client.query("BEGIN");
  for (const text of texts) {
    const { rows } = await client.query<{ text: string }>(`SELECT ${text} AS text`);
    const change = own.changed({ k: inCode(field, rows[0]?.text ?? type) as never });
    await pipeline.recorder.record(client, [change]);
  }
  await client.query("COMMIT");
  client.release();
}

it.each(refusedColumns)("refuses %s as %s when the strategy is made, in words", async (type, field, words) => {
  const subject: Subject = { name: `refused_${type}_${field}`, column: { type, value: "", fields: [] }, field };
  await pool.query(`CREATE TABLE ${subject.name} (k ${type}, note text)`);
  const pipeline = pipelineOf([subject]);
  await pipeline.migrate();
  await expect(pipeline.start()).rejects.toMatchObject({
    code: "strategy.invalid",
    message: expect.stringMatching(words),
  });
  await pipeline.stop();
});
