import type {
  ChosenDeadLetters,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterQuery,
} from "../contracts/backlog-store.ts";
import { SynclineError } from "../model/errors.ts";

const defaultLimit = 100;
const maxLimit = 1_000;

/** A filter as statements take it: `null` for what does not matter. */
export interface DeadLetterFilterGiven {
  readonly strategy: string | null;
  readonly key: string | null;
  readonly kind: string | null;
  readonly code: string | null;
  readonly state: string | null;
  readonly olderThanMs: number | null;
}

export function filterGiven(filter: DeadLetterFilter): DeadLetterFilterGiven {
  const { strategy = null, key = null, kind = null, code = null, state = null, olderThanMs } = filter;
  return { strategy, key, kind, code, state, olderThanMs: olderThanMs === undefined ? null : Math.floor(olderThanMs) };
}

export interface PageQuery extends DeadLetterFilterGiven {
  /** Deliveries with a higher id only. Decimal digits. */
  readonly after: string;
  /** How many to ask the database for: one more than the page holds, to know whether there is another. */
  readonly limit: number;
}

/** Errors: `config.invalid` for an `after` that no page gave. */
export function pageQuery(query: DeadLetterQuery): PageQuery {
  if (query.after !== undefined) refuseOtherThanIds([query.after], "after");
  return {
    ...filterGiven(query),
    after: query.after ?? "0",
    limit: Math.min(query.limit ?? defaultLimit, maxLimit) + 1,
  };
}

/** `found` is what the database has for `query`, by id. */
export function pageOf(found: readonly DeadLetter[], query: PageQuery): DeadLetterPage {
  const items = found.slice(0, query.limit - 1);
  return { items, next: found.length > items.length ? items.at(-1)?.id : undefined };
}

/** Errors: `config.invalid`, naming all ids that are none. */
export function checkSelection(selection: ChosenDeadLetters): ChosenDeadLetters {
  if ("ids" in selection) refuseOtherThanIds(selection.ids, "ids");
  return selection;
}

/** An id fits into 64 bits: at most 18 digits are asked for, so that no comparison overflows. */
export function refuseOtherThanIds(ids: readonly string[], at: string): void {
  const problems = ids.flatMap((id, index) =>
    /^\d{1,18}$/.test(id) ? [] : [{ at: `${at}[${index}]`, message: `${JSON.stringify(id)} is no id.` }],
  );
  if (problems.length > 0) throw new SynclineError("config.invalid", "These are no ids.", { problems });
}
