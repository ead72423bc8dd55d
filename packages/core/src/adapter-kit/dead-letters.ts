import type { DeadLetter, DeadLetterPage, DeadLetterQuery, DeadLetterSelection } from "../contracts/backlog-store.ts";
import { SynclineError } from "../model/errors.ts";

const defaultLimit = 100;
const maxLimit = 1_000;

export interface PageQuery {
  readonly strategy: string | undefined;
  /** Deliveries with a higher id only. Decimal digits. */
  readonly after: string;
  /** How many to ask the database for: one more than the page holds, to know whether there is another. */
  readonly limit: number;
}

/** Errors: `config.invalid` for an `after` that no page gave. */
export function pageQuery(query: DeadLetterQuery): PageQuery {
  if (query.after !== undefined) refuseOtherThanIds([query.after], "after");
  return {
    strategy: query.strategy,
    after: query.after ?? "0",
    limit: Math.min(query.limit ?? defaultLimit, maxLimit) + 1,
  };
}

/** `found` is what the database has for `query`, by id. */
export function pageOf(found: readonly DeadLetter[], query: PageQuery): DeadLetterPage {
  const items = found.slice(0, query.limit - 1);
  return { items, next: found.length > items.length ? items.at(-1)?.id : undefined };
}

export type CheckedSelection =
  | { readonly ids: readonly string[]; readonly strategy?: never }
  | { readonly strategy: string; readonly ids?: never };

/** Errors: `config.invalid`, naming all ids that are none. */
export function checkSelection(selection: DeadLetterSelection): CheckedSelection {
  if (!("ids" in selection)) return { strategy: selection.strategy };
  refuseOtherThanIds(selection.ids, "ids");
  return { ids: selection.ids };
}

/** A delivery's id fits into 64 bits: at most 18 digits are asked for, so that no comparison overflows. */
function refuseOtherThanIds(ids: readonly string[], at: string): void {
  const problems = ids.flatMap((id, index) =>
    /^\d{1,18}$/.test(id)
      ? []
      : [{ at: `${at}[${index}]`, message: `${JSON.stringify(id)} is not the id of a delivery.` }],
  );
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "These are not ids of dead letters.", { problems });
}
