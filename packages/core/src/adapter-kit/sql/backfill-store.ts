import type { OperatorRecord } from "../../contracts/audit-log.ts";
import type {
  BackfillChunk,
  BackfillJob,
  BackfillLease,
  BackfillStore,
  BackfillThrottle,
  KeysExamined,
  NewBackfill,
} from "../../contracts/backfill-store.ts";
import type { CategoryDefinition } from "../../model/category-definition.ts";
import { SynclineError } from "../../model/errors.ts";
import { backfillJobOf, countOf } from "../rows.ts";
import { type AuditStatements, act, whereAny } from "./audit-log.ts";
import { type Asked, type AskedWithin, askAlone, type SqlDriver, type SqlStep } from "./driver.ts";

/** A UUID, and for how long from now by the database's clock. */
interface LeaseGiven {
  readonly owner: string;
  readonly durationMs: number;
}

export interface NewBackfillGiven extends Omit<NewBackfill, "byIndex">, LeaseGiven {
  readonly byIndex: boolean | null;
  readonly actor: string | null;
  readonly reason: string | null;
}

/** What a chunk came to. */
export interface BackfillStepGiven extends LeaseGiven {
  readonly id: string;
  /** Where it stood, and stands. */
  readonly before: string | null;
  readonly position: string | null;
  readonly recorded: number;
  readonly refused: number;
  readonly isLast: boolean;
}

export interface BackfillEndGiven {
  readonly id: string;
  readonly state: "running" | "paused" | "failed" | "cancelled";
  readonly error: string | null;
  /** Only where it is this one's; `null`: whoever has it. */
  readonly owner: string | null;
  /** What is paused or failed as well; otherwise what is running alone. */
  readonly alsoHeld: boolean;
}

/** What the table of backfills is asked. Each that changes something answers how many rows it changed. */
export interface BackfillStatements<Statement> {
  /** Answers the id. State, times and login are the table's to say. */
  readonly begin: AskedWithin<Statement, NewBackfillGiven>;
  /** The newest first; with an id, that one. Answers as `backfillJobOf` reads it. */
  readonly list: Asked<Statement, { readonly id: string | null; readonly limit: number }>;
  /** See `BackfillStore.take`. `null` keeps what is there. */
  readonly take: AskedWithin<
    Statement,
    LeaseGiven & {
      readonly id: string;
      readonly chunk: number | null;
      readonly rate: number | null;
      readonly maxWaiting: number | null;
    }
  >;
  readonly renew: Asked<Statement, LeaseGiven & { readonly id: string }>;
  /** Where it is running, this owner's, and stands at `before`. One statement, for it ends the chunk's transaction. */
  readonly step: Statement & { readonly takes?: (given: BackfillStepGiven) => void };
  /** Ends the lease, and sets the state. */
  readonly end: AskedWithin<Statement, BackfillEndGiven>;
  /** Deliveries of the strategy that wait, and changes that are for it alone; `most` if there are more. */
  readonly waiting: Asked<Statement, { readonly strategy: string; readonly most: number }>;
}

export interface KeyPageGiven {
  readonly strategy: string;
  readonly category: CategoryDefinition;
  readonly keys: string;
  /** As a page before gave it. */
  readonly after: string | null;
  readonly limit: number;
}

/** What a page of keys came to. */
export interface KeyPage extends BackfillChunk {
  /** The last key, as `after` takes it; where there is none, that of before. */
  readonly position: string | null;
}

/** The keys of a SELECT, page by page in their order. */
export interface KeyPages<Statement> {
  /** Errors: `query.invalid`, `query.data`. */
  examine(category: CategoryDefinition, keys: string, signal: AbortSignal): Promise<KeysExamined>;
  /**
   * Records a page as changes of the strategy, and runs `then` in the same transaction: where it
   * changes no row, all is undone, and there is no page. The keys come in the database's own order, and
   * all that are equal in it on one page. On the last page, rows without a key are counted, too.
   */
  record(
    page: KeyPageGiven,
    then: (found: KeyPage) => SqlStep<Statement>,
    signal: AbortSignal,
  ): Promise<KeyPage | undefined>;
}

const mostCharacters = 2_000;

export function createBackfillStore<Statement>(
  driver: SqlDriver<Statement>,
  statements: BackfillStatements<Statement>,
  pages: KeyPages<Statement>,
  audit: AuditStatements<Statement> | undefined,
): BackfillStore {
  const changed = async <Given extends object>(
    action: AskedWithin<Statement, Given>,
    given: Given,
    signal: AbortSignal,
    record: OperatorRecord | undefined,
  ) => countOf(await act(driver, action, given, { audit, record, signal, countsFor: whereAny })) > 0;
  const end = (given: BackfillEndGiven, signal: AbortSignal, record?: OperatorRecord) =>
    changed(statements.end, given, signal, record);
  const anybodys = { error: null, owner: null };
  return {
    examine: (category, keys, signal) => pages.examine(category, keys, signal),
    async begin(backfill: NewBackfill, lease: BackfillLease, signal, record) {
      const { actor, reason } = record;
      const given = { ...backfill, ...lease, actor, reason };
      const unknown = () => null;
      const [row] = await act(driver, statements.begin, given, { audit, record, signal, countsFor: unknown });
      if (row === undefined) throw new SynclineError("database.failed", "The backfill was not kept: it has no id.");
      return String(row[0]);
    },
    list: async ({ id, limit }, signal) =>
      (await askAlone(driver, statements.list, { id: id ?? null, limit }, signal)).map(backfillJobOf),
    take: (id, lease, throttle: Partial<BackfillThrottle>, signal, record) => {
      const { chunk = null, rate = null, maxWaiting = null } = throttle;
      return changed(statements.take, { id, ...lease, chunk, rate, maxWaiting }, signal, record);
    },
    renew: async (id, lease, signal) => countOf(await askAlone(driver, statements.renew, { id, ...lease }, signal)) > 0,
    async record({ id, strategy, keys, position }: BackfillJob, category, lease, limit, signal) {
      const found = await pages.record(
        { strategy, category, keys, after: position, limit },
        (page) => {
          const { recorded, refused, isLast } = page;
          const given: BackfillStepGiven = {
            ...{ id, before: position, position: page.position },
            ...{ ...lease, recorded, refused, isLast },
          };
          return { statement: statements.step, given };
        },
        signal,
      );
      return found && { recorded: found.recorded, refused: found.refused, isLast: found.isLast };
    },
    async release(id, owner, error, signal) {
      const state = error === null ? "running" : "failed";
      const text = error === null ? null : error.slice(0, mostCharacters).toWellFormed().replaceAll("\0", "");
      await end({ id, state, error: text, owner, alsoHeld: false }, signal);
    },
    pause: (id, signal, record) => end({ id, state: "paused", ...anybodys, alsoHeld: false }, signal, record),
    cancel: (id, signal, record) => end({ id, state: "cancelled", ...anybodys, alsoHeld: true }, signal, record),
    waiting: async (strategy, most, signal) =>
      Math.min(most, countOf(await askAlone(driver, statements.waiting, { strategy, most }, signal))),
  };
}
