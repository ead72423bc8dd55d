import { type Failure, failureKinds, type ItemFailure, type Outcome } from "../../model/outcome.ts";
import { visibleText } from "../../model/visible-text.ts";

/** One line for a person is enough. */
const mostCharacters = 1_000;
const mostOfCode = 100;

const kinds: ReadonlySet<unknown> = new Set(failureKinds);

export interface Judged {
  /** How many items the call has. */
  readonly items: number;
  /** Whether the call was ended by us: nothing else is `cancelled`. */
  readonly wasAborted: boolean;
  /** The transport did not keep its contract; a sentence. */
  report(problem: string): void;
}

const accepted: Outcome = { status: "accepted" };

/**
 * The one place where what transports say enters: from here a failure goes to events, logs, dead
 * letters, `status()` and health. Its code has letters, digits and `._-`, its message is one line;
 * neither is long. What cannot be believed is reported, and comes out as `transient` with effect
 * `maybe`: an index out of range would silently accept what was refused, and an unknown kind that
 * cost no attempt would be sent again for ever.
 */
export function believableOutcome(outcome: unknown, judged: Judged): Outcome {
  try {
    return believed(outcome as Loose<Outcome>, judged);
  } catch {
    return refused("The transport reported an outcome that throws when it is read.", judged);
  }
}

/** For a transport that threw, overran or made no sense. */
export function transportBug(code: string, message: string): Outcome {
  return { status: "failed", failure: { kind: "transient", code, message, effect: "maybe" } };
}

/** Nothing of it is certain but that its members are called so. */
type Loose<Type> = { readonly [Key in Type extends unknown ? keyof Type : never]?: unknown } | undefined | null;

function believed(outcome: Loose<Outcome>, judged: Judged): Outcome {
  const status = outcome?.status;
  switch (status) {
    case "accepted":
      return accepted;
    case "failed": {
      const failure = outcome?.failure;
      return isFailure(failure)
        ? { status, failure: believedFailure(failure, judged) }
        : refused("The transport reported a failure without saying which.", judged);
    }
    case "partial":
    case "unsendable": {
      const listed = listOf(outcome?.failures);
      return areSound(listed, judged.items)
        ? {
            status,
            failures: listed.map(({ index, failure }) => ({ index, failure: believedFailure(failure, judged) })),
          }
        : refused(`The transport reported "${status}" with indices that do not fit ${judged.items} items.`, judged);
    }
    default:
      return refused("The transport reported no outcome.", judged);
  }
}

function refused(problem: string, judged: Judged): Outcome {
  judged.report(problem);
  return transportBug("invoker.outcome", problem);
}

/** Copied: a getter may say something else the next time. */
function listOf(failures: unknown): readonly ItemFailure[] {
  return Array.isArray(failures) ? Array.from(failures, ({ index, failure }) => ({ index, failure })) : [];
}

function areSound(failures: readonly ItemFailure[], items: number): boolean {
  const indices = new Set(failures.map(({ index }) => index));
  return (
    indices.size > 0 &&
    indices.size === failures.length &&
    failures.every(({ index, failure }) => Number.isInteger(index) && index >= 0 && index < items && isFailure(failure))
  );
}

function isFailure(value: unknown): value is Failure {
  return Object(value) === value;
}

function believedFailure(failure: Failure, judged: Judged): Failure {
  const shown = presentable(failure);
  const { kind } = failure;
  const problem = !kinds.has(kind)
    ? "The transport reported a failure of no known kind."
    : kind === "cancelled" && !judged.wasAborted
      ? "The transport reported `cancelled` for a call that nobody had cancelled."
      : undefined;
  if (problem === undefined) return shown;
  judged.report(problem);
  return { ...shown, kind: "transient", effect: "maybe" };
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
