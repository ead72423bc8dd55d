import { isSynclineError, type SynclineError } from "../../model/errors.ts";
import type { Failure } from "../../model/outcome.ts";
import { visibleText } from "../../model/visible-text.ts";
import { nameAndPlace } from "../guard/wordless-error.ts";

/** A failure that one key may have caused by its values, its rows or their number. */
export function isKeyFault(error: unknown): boolean {
  return (
    isSynclineError(error) &&
    (error.code === "query.data" || error.code === "query.timeout" || error.code === "query.row-limit")
  );
}

/** The server refused the statement, and does not say whether the template or one row's value is to blame. */
export function isStatementFault(error: unknown): boolean {
  return isSynclineError(error) && (error.code === "query.invalid" || error.code === "database.failed");
}

export function isByteLimit(error: unknown): boolean {
  return isSynclineError(error) && error.code === "query.byte-limit";
}

export function isTimeout(error: unknown): boolean {
  return isSynclineError(error) && error.code === "query.timeout";
}

/**
 * A joined set may touch rows of no key, and may be planned so that it never ends. Rows are as many
 * in every form.
 */
export function mayDoInAnotherForm(error: unknown): boolean {
  const isRowLimit = isSynclineError(error) && error.code === "query.row-limit";
  return (isKeyFault(error) || isStatementFault(error)) && !isRowLimit;
}

/** One line for a person is enough, also of an adapter that says more. */
const mostCharacters = 2_000;

/** What a read's error means to the engine. */
export function failureOfRead(error: unknown): Failure {
  if (!isSynclineError(error)) {
    const message = `The query runner threw ${nameAndPlace(error)}.`;
    return { kind: "unavailable", code: "query.threw", message, effect: "no" };
  }
  return { kind: kindOf(error), code: error.code, message: visibleText(error.message, mostCharacters), effect: "no" };
}

function kindOf(error: SynclineError): Failure["kind"] {
  switch (error.code) {
    case "query.data":
    case "query.row-limit":
      return "rejected";
    case "query.timeout":
      return "transient";
    case "query.invalid":
    case "query.refused":
    case "query.unattested":
    case "strategy.invalid":
      return "misconfigured";
    case "operation.aborted":
      return "cancelled";
    default:
      return "unavailable";
  }
}

/** A failure that a key may have that is bound as another type than its column has. */
export function mayBeOfTypes(error: unknown): boolean {
  return isSynclineError(error) && (error.code === "query.data" || error.code === "query.invalid");
}
