import {
  type AnswerRow,
  ask,
  carriedColumns,
  columnName,
  createDispatch,
  type DispatchStatements,
  type FloodStatements,
  type RefusedRow,
  recordedChangeOf,
  type SqlDriver,
  type SqlSteps,
  type Take,
  type TakenAmong,
  type TakeSteps,
  takeAmong,
  type UpsertGiven,
} from "@syncline/core/adapter-kit";
import type { Poller, RefusedChange, Route } from "@syncline/core/spi";
import { type CharacterSet, KnownCharacterSet, whatIsLacking } from "./character-set.ts";
import { chunksOf } from "./chunks.ts";
import type { Connections } from "./connections.ts";
import { nativeCodeOf } from "./errors.ts";
import { keepRefused } from "./sql/keep-refused.ts";
import type { Place } from "./sql/names.ts";
import {
  changeRange,
  deleteChanges,
  floodChanges,
  lockDispatcher,
  namesOfFloods,
  oldestChanges,
  otherChanges,
} from "./sql/take-changes.ts";
import { arrayOf, upsertDeliveries } from "./sql/upsert-deliveries.ts";
import { type NamedStatement, named } from "./sql-driver.ts";
import { withinBytes } from "./text-bytes.ts";

/** Lock, take, delete, upsert, COMMIT; with nothing to take lock, ROLLBACK. */
export function dispatchWith(
  driver: SqlDriver<NamedStatement>,
  connections: Connections,
  place: Place,
): Poller["dispatch"] {
  const known = new KnownCharacterSet();
  const dispatch = createDispatch(driver, writes(place), takeWith(place));
  return async (limit, route, signal) =>
    dispatch(limit, routeOfFitting(route, await known.of(connections, signal)), signal);
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

function takeWith(place: Place): TakeSteps<NamedStatement> {
  const lock = named<After>(lockDispatcher(place), ({ after }) => ({ after }));
  const oldestOf = named<After & { readonly limit: number }>(oldestChanges(place), ({ after, limit }) => ({
    after,
    most: limit,
  }));
  const range = named<After>(changeRange(place), ({ after }) => ({ after }));
  const amongFloods = floodStatements(place);
  const remove = named<{ readonly ids: readonly string[] }>(deleteChanges(place), ({ ids }) =>
    ids.map((id) => ({ id })),
  );

  /** Where there is no flood, nobody asks how far the changes reach. */
  function* taken({ limit, pass: { after }, flood }: Take): SqlSteps<NamedStatement, Omit<TakenAmong, "tookMs">> {
    if (flood === undefined) {
      const rows = yield* ask(oldestOf, { after, limit });
      return { changes: rows.map(recordedChangeOf), oldest: 0n, newest: 0n };
    }
    const [lowest, highest] = (yield* ask(range, { after }))[0] ?? [];
    const oldest = BigInt(String(lowest ?? 0));
    const changes = yield* takeAmong(amongFloods, oldest, limit, flood);
    return { changes, oldest, newest: BigInt(String(highest ?? 0)) };
  }

  return function* (take) {
    const { pass } = take;
    const began = performance.now();
    const locked = yield* unlessBusy(ask(lock, { after: pass.after }));
    pass.tookMs = performance.now() - began;
    const [revision] = locked?.[0] ?? [];
    if (revision === null || revision === undefined)
      return { status: locked === undefined ? "busy" : "idle", strategiesRevision: undefined, changes: [] };
    const { changes, oldest, newest } = yield* taken(take);
    const last = changes.at(-1);
    if (take.flood !== undefined) pass.goneThrough = oldest - 1n;
    else if (last !== undefined) pass.goneThrough = BigInt(last.id);
    take.seen = { changes, oldest, newest, tookMs: performance.now() - began };
    if (changes.length > 0) yield* ask(remove, { ids: changes.map(({ id }) => id) });
    return { status: "held", strategiesRevision: String(revision), changes };
  };
}

interface After {
  readonly after: string;
}

function floodStatements(place: Place): FloodStatements<NamedStatement> {
  return {
    otherChanges: named(otherChanges(place), ({ after, through, limit, floods, backfills }) => {
      return { after, through, most: limit, ...namesOfFloods(floods, backfills) };
    }),
    floodChanges: named(floodChanges(place), ({ limit, ...given }) => ({ ...given, most: limit })),
  };
}

/** `undefined`: another worker dispatches. */
function* unlessBusy<Result>(steps: SqlSteps<NamedStatement, Result>): SqlSteps<NamedStatement, Result | undefined> {
  try {
    return yield* steps;
  } catch (error) {
    if (nativeCodeOf(error) === "ORA-00054") return undefined;
    throw error;
  }
}

function writes(place: Place): DispatchStatements<NamedStatement> {
  const upsert = named<UpsertGiven>(upsertDeliveries(place), ({ lanes, deliveries }) => {
    const laneOf = deliveries.map(({ lane }) => lanes[lane - 1]);
    return {
      strategies: laneOf.map((lane) => lane?.strategy ?? null),
      keys: deliveries.map(({ key }) => key),
      ordinals: deliveries.map(({ ordinal }) => ordinal),
      ...Object.fromEntries(
        carriedColumns.map((name) => [arrayOf(columnName(name)), deliveries.map((delivery) => delivery[name])]),
      ),
      tokens: laneOf.map((lane) => lane?.token ?? null),
      first_ms: deliveries.map(({ firstRecordedAt }) => firstRecordedAt),
      changes: deliveries.map(({ changes }) => changes),
      leases: laneOf.map((lane) => lane?.leaseMs ?? null),
      quiets: laneOf.map((lane) => lane?.quietMs ?? null),
      longests: laneOf.map((lane) => lane?.longestMs ?? null),
      leasables: deliveries.map(({ leasable }) => (leasable ? 1 : 0)),
    };
  });
  return {
    keepRefused: named<{ readonly refused: readonly RefusedRow[] }>(keepRefused(place), ({ refused }) =>
      refused.map(({ recordedAt, reason, ...change }) => ({
        ...change,
        recorded_ms: recordedAt,
        reason: withinBytes(reason) || "No reason was given.",
      })),
    ),
    /** A thousand at a time, in lock order throughout. */
    *upsert({ lanes, deliveries }): SqlSteps<NamedStatement, readonly AnswerRow[]> {
      const answers: AnswerRow[] = [];
      for (const { items } of chunksOf(deliveries)) {
        const count = items.length;
        const rows = yield* ask(upsert, { count, lanes, deliveries: items });
        answers.push(
          ...rows.map(([base, inserted, leased]) => [base, inserted, count - Number(inserted), leased, count]),
        );
      }
      return answers;
    },
  };
}
