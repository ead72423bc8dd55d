import type { Failure } from "../model/outcome.ts";
import { visibleText } from "../model/visible-text.ts";

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
    code: visibleText(failure.code, maxCodeLength),
    message: reasonText(failure.message),
  };
}

/**
 * A refused change's reason, in at most 2,000 characters, of which each can be stored: no U+0000,
 * no half of a character.
 */
export function reasonText(reason: string): string {
  return visibleText(reason, maxMessageLength);
}
