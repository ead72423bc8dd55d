import type { OperatorAction, OperatorNote, OperatorRecord } from "../contracts/audit-log.ts";
import { SynclineError } from "../model/errors.ts";
import { checkShape, type OptionCheck, text } from "../model/option-checks.ts";

const mostInSelection = 2_000;

/** What a database keeps as text: no NUL, and no half of a character. */
function keepable(most: number): OptionCheck {
  const isText = text(most);
  return (value) => {
    const problem = isText(value);
    if (problem !== undefined) return problem;
    return String(value).includes("\0") || !String(value).isWellFormed()
      ? "It must have no NUL and no half of a surrogate pair."
      : undefined;
  };
}

const shape = { actor: { check: keepable(200) }, reason: { check: keepable(1_000) } };

/**
 * What is kept of an action. Errors: `config.invalid` for a note that is none.
 *
 * @param of what it is done to, as plain JSON.
 */
export function operatorRecord(
  action: OperatorAction,
  by: OperatorNote | undefined,
  strategy: string | null,
  of: object,
): OperatorRecord {
  const problems = by === undefined ? [] : checkShape(by, shape);
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "Say who acts, and why, as { actor, reason }.", { problems });
  return { action, actor: by?.actor ?? null, reason: by?.reason ?? null, strategy, selection: asciiJson(of) };
}

/** As many ids as there is room for, and how many more there are. */
export function selectedIds(ids: readonly string[]): object {
  const most = 50;
  return ids.length <= most ? { ids } : { ids: ids.slice(0, most), more: ids.length - most };
}

function asciiJson(value: object): string {
  const json = JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return json.length <= mostInSelection ? json : JSON.stringify({ tooLong: json.length });
}
