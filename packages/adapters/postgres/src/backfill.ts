import { changesJson, missingKeys, unfitKeys } from "@syncline/core/adapter-kit";
import type { Backfill, BacklogStore } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { translateError } from "./errors.ts";
import { settingsAsConnected } from "./kept-session.ts";
import { backfillChanges, backfillKeys } from "./sql/backfill.ts";
import { type RowSecurity, withRowSecurity } from "./sql/row-security.ts";
import { ownStatement } from "./sql/statement.ts";
import { beginWriting, noLimits } from "./sql/transaction-step.ts";

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

export function backfillWith(
  connections: Connections,
  schema: string,
  rowSecurity: RowSecurity,
): BacklogStore["backfill"] {
  const changes = ownStatement("backfill", backfillChanges(schema));
  return async (backfill, signal) => {
    if ("keys" in backfill) return backfillFromKeys(connections, schema, rowSecurity, backfill, signal);
    if (backfill.changes.length === 0) return 0;
    const rows = await connections.run(changes, [backfill.strategy, changesJson(backfill.changes)], signal);
    return Number(rows[0]?.[0] ?? 0);
  };
}

/** In the extended protocol, which takes exactly one statement. Not named: each text is run once. */
async function backfillFromKeys(
  connections: Connections,
  schema: string,
  rowSecurity: RowSecurity,
  { strategy, category, keys }: KeysBackfill,
  signal: AbortSignal,
): Promise<number> {
  const text = backfillKeys(schema, category, keys);
  try {
    return await connections.withClient(async (client) => {
      const settings = [...settingsAsConnected(client), ...withRowSecurity(rowSecurity)];
      await client.query([beginWriting, ...settings, noLimits].join("; "));
      try {
        const result = await client.query({ text, values: [category.name, strategy], rowMode: "array" });
        const [recorded, missing, unfit] = (result.rows as readonly (readonly unknown[])[])[0] ?? [];
        if (Number(missing) > 0) throw missingKeys(Number(missing), category.name);
        if (Number(unfit) > 0) throw unfitKeys(Number(unfit), category.name);
        await client.query("COMMIT");
        return Number(recorded);
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {});
        throw error;
      }
    }, signal);
  } catch (error) {
    throw translateError(error, "query");
  }
}
