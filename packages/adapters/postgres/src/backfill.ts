import { missingKeys, unfitKeys } from "@syncline/core/adapter-kit";
import type { Backfill, OperatorRecord } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { translateError } from "./errors.ts";
import { settingsAsConnected } from "./kept-session.ts";
import { backfillKeys } from "./sql/backfill.ts";
import { type RowSecurity, withRowSecurity } from "./sql/row-security.ts";
import type { NamedStatement } from "./sql/statement.ts";
import { beginWriting, noLimits } from "./sql/transaction-step.ts";

interface Recording {
  readonly rowSecurity: RowSecurity;
  /** Keeps the record, in the same transaction. */
  readonly keep: NamedStatement;
  readonly record: OperatorRecord | undefined;
}

type KeysBackfill = Extract<Backfill, { readonly keys: string }>;

/**
 * Records what a query of keys yields. In the extended protocol, which takes exactly one statement.
 * Not named: each text is run once.
 */
export async function backfillFromKeys(
  connections: Connections,
  schema: string,
  { rowSecurity, keep, record }: Recording,
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
        if (record !== undefined) {
          const given = { ...record, count: Number(recorded) };
          await client.query({ text: keep.text, values: [...keep.values(given)] });
        }
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
