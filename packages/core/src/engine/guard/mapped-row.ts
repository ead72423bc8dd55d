import { SynclineError } from "../../model/errors.ts";
import { drop, isThenable } from "../../model/thenable.ts";
import type { WireRow, WireValue } from "../../model/wire.ts";
import { told } from "./answer-checks.ts";

/**
 * What a strategy's `map` makes of a row. JSON has no word for some of it, and says `{}` or `null`
 * of the rest: a promise, a `Map`, nothing. Errors: `query.data`, and whatever `map` throws.
 */
export function mappedRow(map: (row: WireRow) => WireValue, row: WireRow): WireValue {
  const document: unknown = map(row);
  if (typeof document === "object" && document !== null) {
    if (!isThenable(document) && (Array.isArray(document) || !(Symbol.iterator in document)))
      return document as WireValue;
    drop(document);
  } else if (typeof document === "string" || typeof document === "boolean" || document === null) return document;
  else if (typeof document === "number" && Number.isFinite(document)) return document;
  throw new SynclineError("query.data", `The strategy's map returned ${told(document)}, which JSON cannot say.`);
}
