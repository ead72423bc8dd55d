import { type AuditLog, type OperatorRecord, SynclineError } from "@syncline/core/spi";
import { operate } from "./guard.ts";
import type { MemoryStore } from "./store.ts";

/** In the turn of what it tells of: see `operate`. Of what came to nothing, nothing is kept. */
export function keep<Count extends number | null>(
  store: MemoryStore,
  record: OperatorRecord | undefined,
  count: Count,
): Count {
  if (record === undefined || count === 0) return count;
  const last = store.operations.at(-1);
  store.operations.push({
    ...record,
    id: String(BigInt(last?.id ?? 0) + 1n),
    at: Math.floor(store.now()),
    actor: record.actor ?? "memory",
    count,
  });
  return count;
}

export function memoryAudit(store: MemoryStore): AuditLog {
  return {
    list: ({ action, strategy, limit = 100, after }, signal) =>
      operate(store, signal, () => {
        if (after !== undefined && !/^\d{1,18}$/.test(after))
          throw new SynclineError("config.invalid", `There is no entry ${JSON.stringify(after)}.`);
        const found = store.operations
          .toReversed()
          .filter(({ id }) => after === undefined || BigInt(id) < BigInt(after))
          .filter((entry) => action === undefined || entry.action === action)
          .filter((entry) => strategy === undefined || entry.strategy === strategy);
        const items = found.slice(0, limit);
        return { items, next: found.length > items.length ? items.at(-1)?.id : undefined };
      }),
  };
}
