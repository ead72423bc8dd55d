import {
  type AnswerRow,
  type Apart,
  type AuditGiven,
  ask,
  type BacklogStatements,
  type DeadLetterFilterGiven,
  type DefinitionStatements,
  type Nothing,
  type OperatorRecordGiven,
  type SqlSteps,
  type StrandedStatements,
  type StrategyHistoryGiven,
  type Takes,
} from "@syncline/core/adapter-kit";
import type { StrandedPortion } from "@syncline/core/spi";
import { changeRow } from "./backfill.ts";
import { chunksOf } from "./chunks.ts";
import type { TextRow } from "./connections.ts";
import { keepOperation, listOperations } from "./sql/audit.ts";
import { backfillChanges } from "./sql/backfill.ts";
import { backlogStatus } from "./sql/backlog-status.ts";
import { deadCauses, deadLetters, discard, requeue } from "./sql/dead-letters.ts";
import {
  editFor,
  listDefinitions,
  loadCategories,
  lockDefinitions,
  putCategory,
  putStrategy,
  removeDefinition,
} from "./sql/definitions.ts";
import { findChanges, findDeliveries } from "./sql/find-key.ts";
import { loadStrategies } from "./sql/load-strategies.ts";
import type { Place } from "./sql/names.ts";
import { pauseStrategy, resumeStrategy } from "./sql/pause.ts";
import { readmitRefused } from "./sql/readmit-refused.ts";
import type { OwnStatement } from "./sql/statement.ts";
import { attend, attendance, discardStranded, listStranded, moveStranded, withdraw } from "./sql/stranded-work.ts";
import { strategyHistory } from "./sql/strategy-history.ts";
import { type NamedStatement, named } from "./sql-driver.ts";
import type { BindValues } from "./statement-binds.ts";
import { withinBytes } from "./text-bytes.ts";

type Statements = BacklogStatements<NamedStatement> & StrandedStatements<NamedStatement>;

/** What the kit asks of the database, by its names: lists travel as arrays of at most a thousand. */
export function ownStatements(place: Place) {
  return {
    status: named<Nothing>(
      backlogStatus(place),
      () => ({}),
      ({ rows }) => rows.map(withAges),
    ),
    find: {
      changes: named(findChanges(place, "change"), ({ category, most }) => ({ category, most })),
      refused: named(findChanges(place, "refused"), ({ category, most }) => ({ category, most })),
      deliveries: findingDeliveries(place),
    },
    deadLetters: named(deadLetters(place), ({ after, limit, ...filter }) => {
      return { ...filterOf(filter), after_id: after, most: limit };
    }),
    causes: named(deadCauses(place), filterOf),
    audit: {
      keep: named<OperatorRecordGiven>(
        keepOperation(place),
        ({ actor, action, strategy, reason, selection, count }) => ({
          ...{ actor, action, strategy, selection, quantity: count },
          reason: reason === null ? null : withinBytes(reason),
        }),
      ),
      list: named<AuditGiven>(listOperations(place), ({ limit, ...given }) => ({ ...given, most: limit })),
    },
    editing: editing(place),
    strategyHistory: named<StrategyHistoryGiven>(strategyHistory(place), ({ limit, ...given }) => {
      return { ...given, most: limit };
    }),
    requeue: changing(requeue(place)),
    discard: changing(discard(place)),
    pause: named(pauseStrategy(place), (given) => given),
    resume: named(resumeStrategy(place), (given) => given),
    readmit: inParts(
      named<{ readonly categories: readonly string[] }>(readmitRefused(place), (given) => given),
      ({ categories }) => chunksOf(categories).map(({ items }) => ({ categories: items })),
    ),
    backfill: named(backfillChanges(place), ({ strategy, changes }) =>
      changes.map(({ category, key, operation }) => changeRow(category, key, operation, strategy)),
    ),
    attend: attending(place),
    listStranded: inParts(
      named<{ readonly gaps: readonly { readonly low: string; readonly high: string }[] }>(
        listStranded(place),
        ({ gaps }) => ({ lows: gaps.map(({ low }) => low), highs: gaps.map(({ high }) => high) }),
        ({ out }) => ((out.lines ?? []) as readonly string[]).map(strandedRow),
      ),
      ({ gaps }) => chunksOf(gaps).map(({ items }) => ({ gaps: items })),
    ),
    moveStranded: named(moveStranded(place), ({ target, category, ...given }) => {
      return { ...portion(given), target, category };
    }),
    discardStranded: named(discardStranded(place), portion),
    strategies: named<Nothing>(loadStrategies(place), () => ({})),
  } satisfies Statements & {
    readonly strategies: unknown;
    readonly editing: unknown;
    readonly strategyHistory: unknown;
  };
}

function filterOf({ olderThanMs, strategy, key, kind, code, state }: DeadLetterFilterGiven) {
  return { strategy, key, kind, code, state, older_than_ms: olderThanMs };
}

interface Named {
  readonly name: string;
}

function editing(place: Place): DefinitionStatements<NamedStatement> {
  return {
    categories: named<Nothing>(loadCategories(place), () => ({})),
    definitions: named<Nothing>(listDefinitions(place), () => ({})),
    lockDefinitions: named<Nothing>(lockDefinitions(place), () => ({})),
    putCategory: putting<Named & { readonly definition: string }>(putCategory(place), ({ name, definition }) => {
      return { name, definition };
    }),
    putStrategy: putting<Named & { readonly definition: string; readonly enabled: boolean }>(
      putStrategy(place),
      ({ name, definition, enabled }) => ({ name, definition, enabled: enabled ? 1 : 0 }),
    ),
    editFor: named<{ readonly actor: string | null }>(editFor(), ({ actor }) => ({
      actor: actor === null ? null : withinBytes(actor, 64),
    })),
    removeCategory: named<Named>(removeDefinition(place, "category"), ({ name }) => ({ name })),
    removeStrategy: named<Named>(removeDefinition(place, "strategy"), ({ name }) => ({ name })),
  };
}

/** Whoever edits has locked the dispatcher's row: nobody inserts in between. */
function putting<Given extends object>(
  { update, insert }: ReturnType<typeof putCategory>,
  values: (given: Given) => BindValues,
) {
  const [updating, inserting] = [named<Given>(update, values), named<Given>(insert, values)];
  return function* (given: Given): SqlSteps<NamedStatement, readonly AnswerRow[]> {
    const rows = yield* ask(updating, given);
    return Number(rows[0]?.[0]) > 0 ? rows : yield* ask(inserting, given);
  };
}

/** A strategy at a time: a SELECT takes no list of texts. */
function findingDeliveries(place: Place) {
  const find = named<{ readonly key: string; readonly strategies: readonly string[] }>(
    findDeliveries(place),
    ({ key, strategies: [strategy = ""] }) => ({ key, strategy }),
  );
  return inParts(find, ({ key, strategies }) => [...strategies].sort().map((each) => ({ key, strategies: [each] })));
}

/** Each part in a transaction of its own. */
export function inParts<Given extends object>(
  statement: NamedStatement & Takes<Given>,
  partsOf: (given: Given) => readonly Given[],
): Apart<NamedStatement, Given> {
  return {
    async apart(driver, given, signal) {
      const rows: AnswerRow[] = [];
      for (const part of partsOf(given)) rows.push(...(await driver.run(statement, part, signal)));
      return rows;
    },
  };
}

/** All or none, in one transaction. */
function changing(statement: OwnStatement) {
  const part = named<{ readonly ids: readonly string[] }>(statement, (given) => given);
  return function* ({ ids }: { readonly ids: readonly string[] }): SqlSteps<NamedStatement, readonly AnswerRow[]> {
    const rows: AnswerRow[] = [];
    for (const { items } of chunksOf(ids)) rows.push(...(yield* ask(part, { ids: items })));
    return rows;
  };
}

function attending(place: Place) {
  const withdrawing = named<{ readonly worker: string }>(withdraw(place), (given) => given);
  const rowsOf = named<AttendGiven>(attend(place), ({ worker, parts, lapseMs }) =>
    parts.map((part, index) => ({ worker, part: index, strategies: part, lapse_ms: lapseMs })),
  );
  const others = named<{ readonly worker: string }>(attendance(place), (given) => given);
  return function* (given: AttendGiven): SqlSteps<NamedStatement, readonly AnswerRow[]> {
    const { worker } = given;
    yield* ask(withdrawing, { worker });
    if (given.parts.length > 0) yield* ask(rowsOf, given);
    return yield* ask(others, { worker });
  };
}

interface AttendGiven {
  readonly worker: string;
  readonly parts: readonly string[];
  readonly lapseMs: number;
}

function portion({ strategy, withHeld, most }: StrandedPortion) {
  return { strategy, with_held: withHeld ? 1 : 0, most };
}

/** A line of `listStranded`. */
function strandedRow(line: string): AnswerRow {
  const [strategy, pending, leased, dead, held, now, oldest, ...key] = line.split(" ");
  return [strategy, pending, leased, dead, held, age(now, oldest), key.join(" ")];
}

/** Ages are worked out here: between two time stamps Oracle gives an interval, which no number is made of in a few words. */
function withAges(row: TextRow): AnswerRow {
  const [now, changes, oldestChange, refused, ...lane] = row;
  const [oldest, paused] = lane.slice(-2);
  return [changes, age(now, oldestChange), refused, ...lane.slice(0, -2), age(now, oldest), paused];
}

/** Both by the database's clock. */
function age(now: string | null | undefined, oldest: string | null | undefined): number {
  if (typeof now !== "string" || typeof oldest !== "string") return 0;
  return Math.max(0, Date.parse(now) - Date.parse(oldest));
}
