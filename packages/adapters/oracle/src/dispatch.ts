import {
  type DispatchEnd,
  dispatchOnce,
  reasonText,
  recordedChangeOf,
  type TakenChanges,
} from "@syncline/core/adapter-kit";
import type { Poller, RefusedChange, Route } from "@syncline/core/spi";
import type { Connections, RunStatement } from "./connections.ts";
import { nativeCodeOf } from "./errors.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import type { Place } from "./sql/names.ts";
import { deleteChanges, lockDispatcher, oldestChanges } from "./sql/take-changes.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import type { BindValues } from "./statement-binds.ts";
import { withinBytes } from "./text-bytes.ts";
import { upsertAll } from "./upsert.ts";

/** Lock, take, delete, upsert, COMMIT; with nothing to take lock, ROLLBACK. */
export function dispatchWith(connections: Connections, place: Place): Poller["dispatch"] {
  const statements = {
    lock: lockDispatcher(place),
    take: oldestChanges(place),
    delete: deleteChanges(place),
    refuse: keepRefused(place),
    upsert: upsertDeliveries(place),
  };
  return (limit, route, signal) => connections.transaction((run) => dispatchIn(run, statements, limit, route), signal);
}

type Statements = {
  readonly [Role in "lock" | "take" | "delete" | "refuse" | "upsert"]: ReturnType<typeof lockDispatcher>;
};

function dispatchIn(run: RunStatement, statements: Statements, limit: number, route: Route): Promise<DispatchEnd> {
  return dispatchOnce(
    {
      take: () => take(run, statements, limit),
      keepRefused: async (refused) => {
        await run(statements.refuse, refused.map(refusedRow));
      },
      upsert: (deliveries) => upsertAll(run, statements.upsert, deliveries),
    },
    route,
  );
}

async function take(run: RunStatement, statements: Statements, limit: number): Promise<TakenChanges> {
  const revision = await lockOrBusy(run, statements);
  if (revision === "busy") return { status: "busy", strategiesRevision: undefined, changes: [] };
  if (revision === undefined) return { status: "idle", strategiesRevision: undefined, changes: [] };
  const { rows } = await run(statements.take, { most: limit });
  const changes = rows.map(recordedChangeOf);
  if (changes.length > 0)
    await run(
      statements.delete,
      changes.map(({ id }) => ({ id })),
    );
  return { status: "held", strategiesRevision: revision, changes };
}

/** The strategies' revision; `undefined` without a change. */
async function lockOrBusy(run: RunStatement, statements: Statements): Promise<string | "busy" | undefined> {
  try {
    const { rows } = await run(statements.lock, {});
    return rows[0]?.[0] ?? undefined;
  } catch (error) {
    if (nativeCodeOf(error) === "ORA-00054") return "busy";
    throw error;
  }
}

function refusedRow({ change, reason }: RefusedChange): BindValues {
  return {
    id: change.id,
    category: change.category,
    condition: change.condition,
    operation: change.operation,
    strategy: change.strategy,
    recorded_ms: change.recordedAt,
    reason: withinBytes(reasonText(reason)) || "No reason was given.",
  };
}
