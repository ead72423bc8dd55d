import { missingKeys, unfitKeys } from "@syncline/core/adapter-kit";
import type { Backfill } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { translateError } from "./errors.ts";
import { settingsAsConnected } from "./kept-session.ts";
import { backfillKeys } from "./sql/backfill.ts";
import { type RowSecurity, withRowSecurity } from "./sql/row-security.ts";
import { beginWriting, noLimits } from "./sql/transaction-step.ts";

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

/**
 * Records what a query of keys yields. In the extended protocol, which takes exactly one statement.
 * Not named: each text is run once.
 */
export async function backfillFromKeys(
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
