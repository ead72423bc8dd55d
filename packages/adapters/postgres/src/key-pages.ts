import type { KeyPage, KeyPageGiven, KeyPages } from "@syncline/core/adapter-kit";
import type { CategoryDefinition, KeysExamined } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import type { PgClient } from "./driver.ts";
import { translateError } from "./errors.ts";
import { settingsAsConnected } from "./kept-session.ts";
import { countMissing, explainKeys, explainPage, keyColumnsOf, recordPage } from "./sql/key-page.ts";
import { type RowSecurity, withRowSecurity } from "./sql/row-security.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { beginWriting, noLimits } from "./sql/transaction-step.ts";

/** Where there is an index to be found, it is found: a small table would be sorted all the same. */
const preferIndexes = ["enable_sort", "enable_seqscan", "enable_bitmapscan", "enable_hashagg"]
  .map((name) => `SET LOCAL ${name} = off`)
  .join("; ");

type Rows = readonly (readonly unknown[])[];

/**
 * The keys of a SELECT by pages. As what a backfill at once runs, with the login's own settings, in
 * the extended protocol, which takes exactly one statement.
 */
export function keyPagesWith(
  connections: Connections,
  schema: string,
  rowSecurity: RowSecurity,
): KeyPages<NamedStatement> {
  const within = async <Result>(
    signal: AbortSignal,
    work: (client: PgClient) => Promise<{ readonly result: Result; readonly undo: boolean }>,
  ): Promise<Result> => {
    try {
      return await connections.withClient(async (client) => {
        // Shortest texts that are read back as the same number.
        const settings = [
          ...settingsAsConnected(client),
          ...withRowSecurity(rowSecurity),
          "SET LOCAL extra_float_digits = 1",
        ];
        await client.query([beginWriting, ...settings, noLimits].join("; "));
        try {
          const { result, undo } = await work(client);
          await client.query(undo ? "ROLLBACK" : "COMMIT");
          return result;
        } catch (error) {
          await client.query("ROLLBACK").catch(() => {});
          throw error;
        }
      }, signal);
    } catch (error) {
      throw translateError(error, "query");
    }
  };
  return {
    examine: (category, keys, signal) =>
      within(signal, async (client) => ({ result: await examine(client, category, keys), undo: true })),
    record: (page, then, signal) =>
      within(signal, async (client) => {
        const found = await recordOn(client, schema, page);
        const { statement, given } = then(found);
        const [row] = await askRows(client, statement.text, statement.values(given));
        const isOurs = Number(row?.[0]) > 0;
        return { result: isOurs ? found : undefined, undo: !isOurs };
      }),
  };
}

async function askRows(client: PgClient, text: string, values: readonly unknown[]): Promise<Rows> {
  return (await client.query({ text, values, rowMode: "array" })).rows as Rows;
}

async function recordOn(client: PgClient, schema: string, page: KeyPageGiven): Promise<KeyPage> {
  const { strategy, category, keys, after, limit } = page;
  const text = recordPage(schema, category, keys, after === null);
  const behind = after === null ? [] : (JSON.parse(after) as readonly unknown[]);
  const [row = []] = await askRows(client, text, [category.name, strategy, limit, ...behind]);
  const [rows, recorded, unfit] = row.map(Number);
  const isLast = (rows ?? 0) < limit;
  const missing = isLast ? Number((await askRows(client, countMissing(category, keys), [null]))[0]?.[0]) : 0;
  return {
    recorded: recorded ?? 0,
    refused: (unfit ?? 0) + missing,
    isLast,
    position: typeof row[3] === "string" ? row[3] : after,
  };
}

async function examine(client: PgClient, category: CategoryDefinition, keys: string): Promise<KeysExamined> {
  const { fields = [] } = await client.query({
    text: keyColumnsOf(category, keys),
    values: ["none"],
    rowMode: "array",
  });
  const oids = fields.map(({ dataTypeID }) => dataTypeID);
  const [types] = await askRows(
    client,
    `SELECT pg_catalog.string_agg(pg_catalog.format_type(t, NULL), ', ' ORDER BY n)
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[])) WITH ORDINALITY AS u(t, n)`,
    [`{${oids.join()}}`],
  );
  const estimatedTotal = planOf(await askRows(client, explainKeys(keys), ["none"]))["Plan Rows"];
  await client.query(preferIndexes);
  const plan = planOf(await askRows(client, explainPage(category, keys), ["none"]));
  return {
    keyOrder: String(types?.[0] ?? ""),
    estimatedTotal: typeof estimatedTotal === "number" ? estimatedTotal : null,
    byIndex: !sorts(plan),
  };
}

interface PlanNode {
  readonly "Node Type"?: unknown;
  readonly "Plan Rows"?: unknown;
  readonly Plans?: readonly PlanNode[];
}

/** As the driver has read it, or as a text, where somebody has taken its reading of JSON away. */
function planOf([row]: Rows): PlanNode {
  const read: unknown = typeof row?.[0] === "string" ? JSON.parse(row[0]) : row?.[0];
  return (read as readonly { readonly Plan?: PlanNode }[] | undefined)?.[0]?.Plan ?? {};
}

/** Incremental Sort has the beginning of the order from an index, and sorts a few rows at a time. */
function sorts(node: PlanNode): boolean {
  return node["Node Type"] === "Sort" || (node.Plans ?? []).some(sorts);
}
