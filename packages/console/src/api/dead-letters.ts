import type { DeadLetterFilter, DeadLetterSelection } from "@syncline/core/spi";
import { type Fields, optionalText, textOf, wholeNumber } from "../http/fields.ts";
import { Refusal, refusalOf } from "../http/refusal.ts";
import type { Request, Route } from "./route.ts";
import type { CausesDocument, DeadLettersDocument } from "./shapes.ts";

const mostLetters = 200;
const longestAgeMs = 10 * 365 * 86_400_000;

export const filterFields = ["strategy", "key", "kind", "code", "state", "olderThanMs"];

export const deadLetters: readonly Route[] = [
  { method: "GET", path: "causes", role: "reader", fields: [], handle: causes },
  // A filter may have a key in it, and addresses are logged.
  { method: "POST", path: "dead-letters", role: "reader", fields: [...filterFields, "limit", "after"], handle: list },
];

async function causes({ watched, timeoutMs }: Request): Promise<CausesDocument> {
  const { value, at, error } = await watched.causes.get(timeoutMs);
  return { at, stale: error === undefined ? null : refusalOf(error).message, causes: value };
}

async function list({ watched, fields, timeoutMs }: Request): Promise<DeadLettersDocument> {
  const after = optionalText(fields, "after", 20);
  const query = {
    ...filterOf(fields),
    limit: wholeNumber(fields, "limit", 1, mostLetters, 50),
    ...(after === undefined ? {} : { after }),
  };
  const { items, next } = await watched.reads.run(timeoutMs, () => watched.pipeline.deadLetters.list(query));
  return { items, next: next ?? null };
}

function filterOf(fields: Fields): DeadLetterFilter {
  const texts = (["strategy", "key", "kind", "code"] as const).map(
    (name) => [name, optionalText(fields, name, 400)] as const,
  );
  const state = optionalText(fields, "state", 4);
  if (state !== undefined && state !== "dead" && state !== "held")
    throw new Refusal(400, "body.invalid", `"state" must be dead or held.`);
  const olderThanMs = wholeNumber(fields, "olderThanMs", 0, longestAgeMs, -1);
  return {
    ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)),
    ...(state === undefined ? {} : { state }),
    ...(olderThanMs < 0 ? {} : { olderThanMs }),
  };
}

const mostIds = 1_000;

/** By ids, or whatever fits a filter. One that says nothing would be all there are, and is refused. */
export function selectionOf(fields: Fields): DeadLetterSelection {
  const { ids } = fields;
  const filter = filterOf(fields);
  const hasFilter = Object.keys(filter).length > 0;
  if (ids === undefined && hasFilter) return filter;
  const isIds = Array.isArray(ids) && ids.every((id) => typeof id === "string" && /^\d{1,19}$/.test(id));
  if (hasFilter || !isIds || ids.length === 0 || ids.length > mostIds)
    throw new Refusal(
      400,
      "body.invalid",
      `Say which: "ids", a list of 1 to ${mostIds} ids, or one of ${filterFields.join(", ")}.`,
    );
  return { ids: ids as readonly string[] };
}

/** Why it is done: kept in the audit, and asked for. */
export function reasonOf(fields: Fields): string {
  return textOf(fields, "reason", 500).trim();
}
