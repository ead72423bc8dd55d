import type { OperatorNote } from "../contracts/audit-log.ts";
import type {
  BacklogStore,
  DeadLetter,
  DeadLetterCause,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterSelection,
} from "../contracts/backlog-store.ts";
import { SynclineError } from "../model/errors.ts";
import { checkShape, numberFrom, oneOf, text, wholeNumber } from "../model/option-checks.ts";
import { operatorRecord, selectedIds } from "./operator-record.ts";
import type { DeadLetters } from "./pipeline.ts";

interface DeadLetterOperatorParts {
  readonly backlog: () => BacklogStore;
  readonly during: <Value>(minutes: number, work: (signal: AbortSignal) => Promise<Value>) => Promise<Value>;
}

/** So many in one transaction: so long a dispatch that revives one of them has to wait. */
const mostAtOnce = 1_000;
const mostCauses = 1_000;

/** What operators do with dead letters. */
export function deadLetterOperator({ backlog, during }: DeadLetterOperatorParts): DeadLetters {
  const change = (what: "requeue" | "discard", selection: DeadLetterSelection, by?: OperatorNote) =>
    during(60, async (signal) => {
      const chosen = checkedSelection(selection);
      const store = backlog();
      const strategy = "ids" in chosen ? null : (chosen.strategy ?? null);
      const record = operatorRecord(what, by, strategy, "ids" in chosen ? {} : chosen);
      let count = 0;
      for await (const ids of portionsOf(store, chosen, signal)) {
        const own = "ids" in chosen ? operatorRecord(what, by, strategy, selectedIds(ids)) : record;
        count += await store[what]({ ids }, signal, own);
      }
      return count;
    });
  return {
    list: (query = {}) => during(1, async (signal) => await listed(backlog(), checkedQuery(query), signal)),
    causes: (filter = {}) => during(1, async (signal) => await causesOf(backlog(), checkedFilter(filter), signal)),
    requeue: (selection, by) => change("requeue", selection, by),
    discard: (selection, by) => change("discard", selection, by),
  };
}

const shape = {
  strategy: { check: text(64) },
  key: { check: text(400) },
  kind: { check: text(64) },
  code: { check: text(200) },
  state: { check: oneOf("dead", "held") },
  olderThanMs: { check: numberFrom(0, Number.MAX_SAFE_INTEGER) },
};
const pageShape = { ...shape, limit: { check: wholeNumber(1, Number.MAX_SAFE_INTEGER) }, after: { check: text(20) } };

function checkedFilter(filter: DeadLetterFilter): DeadLetterFilter {
  return refused(filter, shape);
}

function checkedQuery(query: DeadLetterQuery): DeadLetterQuery {
  return refused(query, pageShape);
}

/** What says nothing would be everything. */
function checkedSelection(selection: DeadLetterSelection): DeadLetterSelection {
  if (typeof selection === "object" && selection !== null && "ids" in selection) {
    if (Array.isArray(selection.ids) && Object.keys(selection).length === 1) return selection;
    throw new SynclineError("config.invalid", "Name dead letters by { ids: [...] } alone, or by a filter.");
  }
  const filter = refused<DeadLetterFilter>(selection, shape);
  if (Object.keys(filter).length > 0) return filter;
  throw new SynclineError("config.invalid", `Say which dead letters: ids, or one of ${Object.keys(shape).join(", ")}.`);
}

/** Without members that are `undefined`. */
function refused<Query extends object>(query: Query, checks: Parameters<typeof checkShape>[1]): Query {
  const isObject = typeof query === "object" && query !== null;
  const given = isObject
    ? (Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Query)
    : query;
  const problems = checkShape(given, checks);
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "This says of no dead letters which they are.", { problems });
  return given;
}

async function listed(store: BacklogStore, query: DeadLetterQuery, signal: AbortSignal): Promise<DeadLetterPage> {
  const limit = Math.min(query.limit ?? 100, mostAtOnce);
  if (store.causes !== undefined) return await store.deadLetters({ ...query, limit }, signal);
  const { after, limit: _, ...filter } = query;
  const items: DeadLetter[] = [];
  for await (const page of filteredPages(store, filter, after, signal)) {
    items.push(...page);
    if (items.length > limit) return { items: items.slice(0, limit), next: items[limit - 1]?.id };
  }
  return { items, next: undefined };
}

async function causesOf(
  store: BacklogStore,
  filter: DeadLetterFilter,
  signal: AbortSignal,
): Promise<readonly DeadLetterCause[]> {
  if (store.causes !== undefined) return await store.causes(filter, signal);
  const causes = new Map<string, DeadLetterCause>();
  for await (const page of filteredPages(store, filter, undefined, signal))
    for (const { strategy, state, failure, diedAt } of page) {
      const { kind, code, message } = failure;
      const name = JSON.stringify([strategy, kind, code]);
      const first = { strategy, kind, code, message, count: 0, held: 0, oldestDiedAt: diedAt, newestDiedAt: diedAt };
      const known = causes.get(name) ?? first;
      causes.set(name, {
        ...known,
        count: known.count + 1,
        held: known.held + (state === "held" ? 1 : 0),
        oldestDiedAt: Math.min(known.oldestDiedAt, diedAt),
        newestDiedAt: Math.max(known.newestDiedAt, diedAt),
      });
    }
  return [...causes.values()].sort((one, other) => other.count - one.count).slice(0, mostCauses);
}

/**
 * Ids, a portion at a time. Each page begins behind the last id of the one before: what is sent
 * again and dies again meanwhile keeps its id, and is not sent for ever.
 */
async function* portionsOf(
  store: BacklogStore,
  selection: DeadLetterSelection,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  if ("ids" in selection) {
    for (let at = 0; at < selection.ids.length; at += mostAtOnce) yield selection.ids.slice(at, at + mostAtOnce);
    return;
  }
  for await (const page of store.causes === undefined
    ? filteredPages(store, selection, undefined, signal)
    : pagesOf(store, selection, undefined, signal))
    if (page.length > 0) yield page.map(({ id }) => id);
}

/** For stores that know nothing but strategies. Ages are by this process's clock then. */
async function* filteredPages(
  store: BacklogStore,
  filter: DeadLetterFilter,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly DeadLetter[]> {
  const { strategy, key, kind, code, state, olderThanMs } = filter;
  const died = olderThanMs === undefined ? Number.POSITIVE_INFINITY : Date.now() - olderThanMs;
  const fits = (letter: DeadLetter) =>
    (strategy === undefined || letter.strategy === strategy) &&
    (key === undefined || letter.key.includes(key)) &&
    (kind === undefined || letter.failure.kind === kind) &&
    (code === undefined || letter.failure.code === code) &&
    (state === undefined || letter.state === state) &&
    letter.diedAt <= died;
  for await (const page of pagesOf(store, strategy === undefined ? {} : { strategy }, after, signal))
    yield page.filter(fits);
}

async function* pagesOf(
  store: BacklogStore,
  filter: DeadLetterFilter,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly DeadLetter[]> {
  for (let behind = after; ; ) {
    const from = behind === undefined ? {} : { after: behind };
    const { items, next } = await store.deadLetters({ ...filter, ...from, limit: mostAtOnce }, signal);
    yield items;
    if (next === undefined) return;
    behind = next;
  }
}
