/**
 * What a team would write by hand in place of Syncline, for one strategy: the same two tables and the same promises of
 * fold, lease and revision, with the statements in their simplest form. No retries, no deadlines, no strategies that
 * change, no telemetry, no contracts.
 */
import pg from "pg";
import { Pool } from "undici";
import { serve } from "../processes/serve.ts";
import { columns } from "./shop.ts";

export interface HandWrittenSettings {
  readonly databaseUrl: string;
  readonly sinkUrl: string;
  readonly batch: number;
  readonly concurrency: number;
}

const tables = `CREATE SCHEMA own;
CREATE TABLE own.change (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, category text NOT NULL, key jsonb NOT NULL);
CREATE TABLE own.delivery (
  strategy text, key text, revision bigint NOT NULL, leased_until timestamptz, PRIMARY KEY (strategy, key)
)`;

const dispatch = `WITH taken AS (
  DELETE FROM own.change WHERE id IN (SELECT id FROM own.change ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
  RETURNING id, key->>'id' AS key
), folded AS (SELECT key, max(id) AS revision FROM taken GROUP BY key)
INSERT INTO own.delivery AS d (strategy, key, revision, leased_until)
SELECT 'items', key, revision, now() + interval '30 seconds' FROM folded
ON CONFLICT (strategy, key) DO UPDATE SET revision = greatest(d.revision, EXCLUDED.revision)
RETURNING key::int AS id, revision`;

const read = `SELECT ${columns} FROM item WHERE id = ANY($1)`;

const settle = `DELETE FROM own.delivery d USING unnest($1::text[], $2::bigint[]) AS s (key, revision)
WHERE d.strategy = 'items' AND d.key = s.key AND d.revision = s.revision`;

interface Delivery {
  readonly id: number;
  readonly revision: string;
}

let run: (() => Promise<void>) | undefined;
let close: () => Promise<unknown> = async () => {};

serve({
  async setUp({ settings, ids }: { readonly settings: HandWrittenSettings; readonly ids: Uint32Array }) {
    const client = new pg.Client({ connectionString: settings.databaseUrl });
    await client.connect();
    await client.query(tables);
    await client.query(
      `INSERT INTO own.change (category, key) SELECT 'item', jsonb_build_object('id', id) FROM unnest($1::int[]) AS id`,
      [Array.from(ids)],
    );
    await client.end();
  },
  async prepare({ settings }: { readonly settings: HandWrittenSettings }) {
    const { databaseUrl, sinkUrl, batch, concurrency } = settings;
    const database = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    await database.query("SELECT 1");
    const http = new Pool(sinkUrl, { connections: concurrency });
    run = () => drain(database, http, batch, concurrency);
    close = () => Promise.all([database.end(), http.close()]);
  },
  go: () => {
    void run?.();
  },
  stop: () => close(),
});

/** The next deliveries are dispatched and read while these are sent; what was sent is settled together. */
async function drain(database: pg.Pool, http: Pool, batch: number, concurrency: number): Promise<void> {
  let coming = take(database);
  for (let taken = await coming; taken.deliveries.length > 0; taken = await coming) {
    coming = take(database);
    await send(http, taken.rows, batch, concurrency);
    const ids = taken.deliveries.map(({ id }) => id);
    const revisions = taken.deliveries.map(({ revision }) => revision);
    await database.query({ name: "settle", text: settle, values: [ids, revisions] });
  }
}

async function take(database: pg.Pool): Promise<{ readonly deliveries: Delivery[]; readonly rows: object[] }> {
  const { rows: deliveries } = await database.query<Delivery>({ name: "dispatch", text: dispatch, values: [1_000] });
  if (deliveries.length === 0) return { deliveries, rows: [] };
  const { rows } = await database.query({ name: "read", text: read, values: [deliveries.map(({ id }) => id)] });
  return { deliveries, rows };
}

async function send(http: Pool, rows: readonly object[], batch: number, concurrency: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let from = next; from < rows.length; from = next) {
      next += batch;
      const body = JSON.stringify(batch === 1 ? rows[from] : rows.slice(from, from + batch));
      const headers = { "content-type": "application/json" };
      const answer = await http.request({ path: "/0", method: "POST", headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`The downstream answered ${answer.statusCode}.`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
