import { createQueryComposer, documentsOf, strategy } from "@syncline/core";
import { conditionOf, createDictionary, resolveStrategy, type Strategy } from "@syncline/core/spi";
import { postgres } from "@syncline/postgres";
import pg from "pg";
import { clockMs } from "../processes/clock.ts";
import { serve } from "../processes/serve.ts";
import { columns, item, shapes } from "./shop.ts";

export interface LateQueryTrial {
  readonly databaseUrl: string;
  readonly rows: number;
  readonly keys: number;
  readonly rounds: number;
}

/** Milliseconds for so many keys, each round's, by the way they were read. */
export type LateQueryResult = { readonly [way: string]: readonly number[] };

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

serve({ measure });

/** Ways take turns. */
async function measure({ databaseUrl, rows, keys, rounds }: LateQueryTrial): Promise<LateQueryResult> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const adapter = postgres({ connectionString: databaseUrl });
  const session = adapter.open({ log: silent } as never);
  const composer = createQueryComposer(adapter.dialect);
  const resolved = ours();
  const problems = composer.check(resolved);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const one = { name: "one", text: `SELECT ${columns} FROM item WHERE id = $1` };
  const many = { name: "many", text: `SELECT ${columns} FROM item WHERE id = ANY($1)` };
  const limits = { timeoutMs: 30_000, maxRows: 20_000, maxBytes: 2 ** 26, numbers: resolved.numbers };
  const ways: { readonly [way: string]: (ids: readonly number[]) => Promise<number> } = {
    "one query per key, prepared": async (ids) => {
      let found = 0;
      for (const id of ids) found += (await client.query({ ...one, values: [id] })).rows.length;
      return found;
    },
    "= ANY, written by hand": async (ids) => (await client.query({ ...many, values: [ids] })).rows.length,
    "Syncline: composer and runner": async (ids) => {
      const composed = composer.compose(
        resolved,
        ids.map((id) => conditionOf(item.changed({ id }).key)),
      );
      const results = await session.queryRunner.run(composed.statements, limits, new AbortController().signal);
      return documentsOf(resolved, composed, results, ids.length).flat().length;
    },
  };
  const spent: { [way: string]: number[] } = {};
  for (let round = -20; round < rounds; round += 1) {
    const ids = Array.from({ length: keys }, () => 1 + Math.floor(Math.random() * rows));
    for (const [way, read] of Object.entries(ways)) {
      const startMs = clockMs();
      const found = await read(ids);
      const ms = clockMs() - startMs;
      if (found < new Set(ids).size) throw new Error(`${way}: ${found} rows for ${keys} keys.`);
      if (round >= 0) spent[way] = [...(spent[way] ?? []), ms];
    }
  }
  await session.close();
  await client.end();
  return spent;
}

/** As a pipeline resolves it. */
function ours(): Strategy {
  const { query } = shapes.plain;
  const definition = strategy("items", { category: item, query, downstream: "sink", path: "/", whenAbsent: "skip" });
  const resolved = resolveStrategy(definition, createDictionary([item]), "items");
  if (!resolved.ok) throw new Error(resolved.problems[0]?.message);
  return resolved.strategy;
}
