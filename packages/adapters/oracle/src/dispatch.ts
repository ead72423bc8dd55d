import {
  type ChangePass,
  ChangeScan,
  type DispatchEnd,
  dispatchOnce,
  reasonText,
  recordedChangeOf,
  type TakenChanges,
} from "@syncline/core/adapter-kit";
import type { Poller, RefusedChange, Route } from "@syncline/core/spi";
import { type CharacterSet, KnownCharacterSet, whatIsLacking } from "./character-set.ts";
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
  const scan = new ChangeScan();
  const known = new KnownCharacterSet();
  return async (limit, route, signal) => {
    const fitting = routeOfFitting(route, await known.of(connections, signal));
    const pass = scan.begin();
    const result = await connections.transaction(
      (run) => dispatchIn(run, statements, { limit, pass }, fitting),
      signal,
    );
    // What was taken and then put back is still there.
    if (result.status === "stale") pass.goneThrough = undefined;
    scan.end(pass);
    return result;
  };
}

/** A key that the database would alter is no delivery's: it would be another one's. */
function routeOfFitting(route: Route, set: CharacterSet): Route {
  if (set.characters === undefined) return route;
  return (changes, revision) => {
    const refused = changes.flatMap((change): RefusedChange[] => {
      const lacking = whatIsLacking(spelledOut(change.condition), set);
      return lacking === undefined ? [] : [{ change, reason: `The key ${lacking}.` }];
    });
    if (refused.length === 0) return route(changes, revision);
    const left = new Set(refused.map(({ change }) => change));
    const routing = route(
      changes.filter((change) => !left.has(change)),
      revision,
    );
    return routing && { ...routing, refused: [...routing.refused, ...refused] };
  };
}

/** Without escapes. What is no JSON is refused for that. */
function spelledOut(condition: string): string {
  if (!condition.includes("\\u")) return condition;
  try {
    return JSON.stringify(JSON.parse(condition));
  } catch {
    return condition;
  }
}

interface Take {
  readonly limit: number;
  readonly pass: ChangePass;
}

type Statements = {
  readonly [Role in "lock" | "take" | "delete" | "refuse" | "upsert"]: ReturnType<typeof lockDispatcher>;
};

function dispatchIn(run: RunStatement, statements: Statements, wanted: Take, route: Route): Promise<DispatchEnd> {
  return dispatchOnce(
    {
      take: () => take(run, statements, wanted),
      keepRefused: async (refused) => {
        await run(statements.refuse, refused.map(refusedRow));
      },
      upsert: (deliveries) => upsertAll(run, statements.upsert, deliveries),
    },
    route,
  );
}

async function take(run: RunStatement, statements: Statements, { limit, pass }: Take): Promise<TakenChanges> {
  const began = performance.now();
  const revision = await lockOrBusy(run, statements, pass);
  pass.tookMs = performance.now() - began;
  if (revision === "busy") return { status: "busy", strategiesRevision: undefined, changes: [] };
  if (revision === undefined) return { status: "idle", strategiesRevision: undefined, changes: [] };
  const { rows } = await run(statements.take, { after: pass.after, most: limit });
  const changes = rows.map(recordedChangeOf);
  const last = changes.at(-1);
  if (last !== undefined) pass.goneThrough = BigInt(last.id);
  if (changes.length > 0)
    await run(
      statements.delete,
      changes.map(({ id }) => ({ id })),
    );
  return { status: "held", strategiesRevision: revision, changes };
}

/** The strategies' revision; `undefined` without a change. */
async function lockOrBusy(
  run: RunStatement,
  statements: Statements,
  { after }: ChangePass,
): Promise<string | "busy" | undefined> {
  try {
    const { rows } = await run(statements.lock, { after });
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
