import {
  type ChangePass,
  ChangeScan,
  type DispatchEnd,
  dispatchOnce,
  type FloodStatements,
  type FloodTake,
  FloodWatch,
  reasonText,
  recordedChangeOf,
  runSteps,
  type TakenAmong,
  type TakenChanges,
  type Takes,
  takeAmong,
} from "@syncline/core/adapter-kit";
import type { Poller, RecordedChange, RefusedChange, Route } from "@syncline/core/spi";
import { type CharacterSet, KnownCharacterSet, whatIsLacking } from "./character-set.ts";
import type { Connections, RunStatement } from "./connections.ts";
import { nativeCodeOf } from "./errors.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import type { Place } from "./sql/names.ts";
import type { OwnStatement } from "./sql/statement.ts";
import {
  changeRange,
  deleteChanges,
  floodChanges,
  lockDispatcher,
  namesOfFloods,
  oldestChanges,
  otherChanges,
} from "./sql/take-changes.ts";
import { upsertDeliveries } from "./sql/upsert-deliveries.ts";
import type { BindValues } from "./statement-binds.ts";
import { withinBytes } from "./text-bytes.ts";
import { upsertAll } from "./upsert.ts";

/** Lock, take, delete, upsert, COMMIT; with nothing to take lock, ROLLBACK. */
export function dispatchWith(connections: Connections, place: Place): Poller["dispatch"] {
  const statements = {
    lock: lockDispatcher(place),
    take: oldestChanges(place),
    range: changeRange(place),
    amongFloods: floodStatements(place),
    delete: deleteChanges(place),
    refuse: keepRefused(place),
    upsert: upsertDeliveries(place),
  };
  const scan = new ChangeScan();
  const floods = new FloodWatch();
  const known = new KnownCharacterSet();
  return async (limit, route, signal) => {
    const fitting = routeOfFitting(route, await known.of(connections, signal));
    const wanted: Take = { limit, pass: scan.begin(), flood: floods.next(limit), seen: undefined };
    const result = await connections.transaction((run) => dispatchIn(run, statements, wanted, fitting), signal);
    // What was taken and then put back is still there.
    if (result.status === "stale") wanted.pass.goneThrough = undefined;
    scan.end(wanted.pass);
    if (result.status === "done" && wanted.seen !== undefined) floods.took(limit, wanted.flood, wanted.seen);
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
  /** `undefined`: the oldest changes go first. */
  readonly flood: FloodTake | undefined;
  seen: TakenAmong | undefined;
}

interface FloodStatement {
  readonly statement: OwnStatement;
  readonly values: (given: object) => BindValues;
}

type Statements = {
  readonly [Role in "lock" | "take" | "range" | "delete" | "refuse" | "upsert"]: OwnStatement;
} & { readonly amongFloods: FloodStatements<FloodStatement> };

function floodStatements(place: Place): FloodStatements<FloodStatement> {
  const taking = <Given extends object>(
    statement: OwnStatement,
    values: (given: Given) => BindValues,
  ): FloodStatement & Takes<Given> => ({ statement, values: (given) => values(given as Given) });
  return {
    otherChanges: taking(otherChanges(place), ({ after, through, limit, floods, backfills }) => {
      return { after, through, most: limit, ...namesOfFloods(floods, backfills) };
    }),
    floodChanges: taking(floodChanges(place), ({ limit, ...given }) => ({ ...given, most: limit })),
  };
}

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

async function take(run: RunStatement, statements: Statements, wanted: Take): Promise<TakenChanges> {
  const { pass } = wanted;
  const began = performance.now();
  const revision = await lockOrBusy(run, statements, pass);
  pass.tookMs = performance.now() - began;
  if (revision === "busy") return { status: "busy", strategiesRevision: undefined, changes: [] };
  if (revision === undefined) return { status: "idle", strategiesRevision: undefined, changes: [] };
  const { changes, oldest, newest } = await taken(run, statements, wanted);
  const last = changes.at(-1);
  if (wanted.flood !== undefined) pass.goneThrough = oldest - 1n;
  else if (last !== undefined) pass.goneThrough = BigInt(last.id);
  wanted.seen = { changes, oldest, newest, tookMs: performance.now() - began };
  if (changes.length > 0)
    await run(
      statements.delete,
      changes.map(({ id }) => ({ id })),
    );
  return { status: "held", strategiesRevision: revision, changes };
}

/** Where there is no flood, nobody asks how far the changes reach. */
async function taken(
  run: RunStatement,
  { take, range, amongFloods }: Statements,
  { limit, pass: { after }, flood }: Take,
): Promise<Omit<TakenAmong, "tookMs">> {
  if (flood === undefined) {
    const { rows } = await run(take, { after, most: limit });
    return { changes: rows.map(recordedChangeOf), oldest: 0n, newest: 0n };
  }
  const [lowest, highest] = (await run(range, { after })).rows[0] ?? [];
  const oldest = BigInt(lowest ?? 0);
  const changes: readonly RecordedChange[] = await runSteps(
    takeAmong(amongFloods, oldest, limit, flood),
    async ({ statement: { statement, values }, given }) => (await run(statement, values(given))).rows,
  );
  return { changes, oldest, newest: BigInt(highest ?? 0) };
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
