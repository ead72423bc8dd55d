import type { Failure } from "../model/outcome.ts";

const maxCodeLength = 200;
/** One line for a person is enough; what a downstream said may be long. */
const maxMessageLength = 2_000;

/** What of a failure is kept with a dead letter. No column for it needs to be longer: 200 characters, 2,000 characters. */
export interface FailureText {
  readonly kind: string;
  readonly code: string;
  readonly message: string;
}

export function failureText(failure: Failure): FailureText {
  return {
    kind: failure.kind,
    code: storableText(failure.code, maxCodeLength),
    message: reasonText(failure.message),
  };
}

/** A refused change's reason, in at most 2,000 characters. */
export function reasonText(reason: string): string {
  return storableText(reason, maxMessageLength);
}

/** Databases' texts hold no U+0000, or end at it, and what somebody else's server answered may have one. */
function storableText(text: string, maxLength: number): string {
  const kept = text.slice(0, maxLength).replaceAll("\u0000", "\ufffd");
  // A cut through a character outside the basic plane leaves half of one, which is no text in UTF-8.
  return kept.isWellFormed() ? kept : kept.toWellFormed();
}
