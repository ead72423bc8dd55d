import { documentsOf } from "../compose/documents.ts";
import type { ComposedQuery, QueryComposer } from "../contracts/query-composer.ts";
import type { QueryRunner } from "../contracts/query-runner.ts";
import type { Condition } from "../model/condition.ts";
import type { Strategy } from "../model/strategy.ts";
import type { WireRow, WireValue } from "../model/wire.ts";

/** What a strategy would do with one key now. Nothing was sent, nothing was written. */
export interface Preview {
  readonly statements: ComposedQuery["statements"];
  readonly rows: readonly WireRow[];
  /** `none`: the strategy skips absent keys, or makes dead letters of them. */
  readonly operation: "upsert" | "delete" | "none";
  readonly downstream: string;
  readonly path: string;
  readonly method: string | undefined;
  /** What the downstream would be sent as this key's content. */
  readonly body: WireValue;
}

export async function previewKey(
  parts: { readonly composer: QueryComposer; readonly queryRunner: QueryRunner },
  strategy: Strategy,
  condition: Condition,
  signal: AbortSignal,
): Promise<Preview> {
  const composed = parts.composer.compose(strategy, [condition]);
  const limits = { timeoutMs: strategy.queryTimeoutMs, maxRows: strategy.maxRows, numbers: strategy.numbers };
  const results = await parts.queryRunner.run(composed.statements, limits, signal);
  const rows = documentsOf(strategy, composed, results, 1)[0] ?? [];
  const { map, downstream, path, method } = strategy;
  const documents: readonly WireValue[] = map === undefined ? rows : rows.map((row) => map(row));
  const operation = rows.length > 0 ? "upsert" : strategy.whenAbsent === "delete" ? "delete" : "none";
  const body = rows.length === 0 ? null : strategy.rows === "many" ? documents : (documents[0] ?? null);
  return { statements: composed.statements, rows, operation, downstream, path, method, body };
}
