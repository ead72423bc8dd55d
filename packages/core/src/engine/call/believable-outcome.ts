import { type Failure, failureKinds, type ItemFailure, type Outcome } from "../../model/outcome.ts";
import { visibleText } from "../../model/visible-text.ts";

/** One line for a person is enough. */
const mostCharacters = 1_000;
const mostOfCode = 100;

const kinds: ReadonlySet<unknown> = new Set(failureKinds);

/**
 * The one place where what transports say enters: from here a failure goes to events, logs, dead
 * letters, `status()` and health. Its code has letters, digits and `._-`, its message is one line;
 * neither is long. An accepted call passes as it is.
 *
 * @returns a sentence that says why, where an outcome cannot be believed: an index out of range
 * would silently accept what was refused.
 */
export function believableOutcome(outcome: Outcome, items: number): Outcome | string {
  switch (outcome?.status) {
    case "accepted":
      return outcome;
    case "failed":
      return outcome.failure === undefined || outcome.failure === null
        ? "The transport reported a failure without saying which."
        : { status: "failed", failure: presentable(outcome.failure) };
    case "partial":
    case "unsendable": {
      const { status, failures } = outcome;
      return areSound(failures, items)
        ? { status, failures: failures.map(({ index, failure }) => ({ index, failure: presentable(failure) })) }
        : `The transport reported "${status}" with indices that do not fit ${items} items.`;
    }
    default:
      return "The transport reported no outcome.";
  }
}

function areSound(failures: readonly ItemFailure[], items: number): boolean {
  const indices = new Set(failures.map(({ index }) => index));
  return (
    indices.size > 0 &&
    indices.size === failures.length &&
    failures.every(
      ({ index, failure }) => Number.isInteger(index) && index >= 0 && index < items && Object(failure) === failure,
    )
  );
}

/** A failure that transports of others may have made: as it may be shown. */
export function presentable({ kind, code, message, effect, retryAfterMs }: Failure): Failure {
  return {
    kind: kinds.has(kind) ? kind : "transient",
    code: presentableCode(code),
    message: visibleText(String(message ?? ""), mostCharacters),
    effect: effect === "no" ? "no" : "maybe",
    ...(typeof retryAfterMs === "number" ? { retryAfterMs } : {}),
  };
}

function presentableCode(code: unknown): string {
  const word = typeof code === "string" ? code.slice(0, mostOfCode).replace(/[^A-Za-z0-9._-]+/g, "_") : "";
  return word === "" ? "invoker.code" : word;
}
