import type { InvokeContext } from "../contracts/sync-invoker.ts";
import { type Effect, type Failure, type FailureKind, failureKinds, type Outcome } from "../model/outcome.ts";

/** What an operator or an answer's code may be declared to mean. */
export type Verdict = Exclude<FailureKind, "cancelled"> | "accepted";

export const verdicts: readonly Verdict[] = ["accepted", ...failureKinds.filter((kind) => kind !== "cancelled")];

/** `code`: namespaced and of few distinct values, such as `http.503`. `message`: one line for a person, no secret, no payload. */
export function failure(kind: FailureKind, code: string, message: string, effect: Effect): Failure {
  return { kind, code, message, effect };
}

export function failed(reason: Failure): Outcome {
  return { status: "failed", failure: reason };
}

/** What it means that the call's own signal has fired. The signal does not say why; the clock does. */
export function stopped(transport: string, context: InvokeContext, sent: boolean): Failure {
  const effect = sent ? "maybe" : "no";
  return Date.now() >= context.deadline
    ? failure("unavailable", `${transport}.deadline`, "did not answer before the deadline", effect)
    : failure("cancelled", `${transport}.cancelled`, "the call was given up before an answer came", effect);
}
