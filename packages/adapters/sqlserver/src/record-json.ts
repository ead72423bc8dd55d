import type { OperatorRecord } from "@syncline/core/spi";

/** As the procedure `keep_operation` reads it; `null`: there is nothing to keep. */
export function recordJson(record: OperatorRecord | null | undefined): string | null {
  if (record === null || record === undefined) return null;
  const { action, actor, reason, strategy, selection } = record;
  return JSON.stringify({ a: action, w: actor, y: reason, s: strategy, f: selection });
}
