import { visibleText } from "../model/visible-text.ts";

const mostCharacters = 200;
/** Of a text of megabytes only so much is looked at: its beginning is all that is shown. */
const mostRead = 4_096;

/**
 * A text from outside as one line that reads as it is written, of at most 200 characters, without
 * secrets: `scrub` is a `SecretKeeper`'s.
 */
export function cleanText(text: string, scrub: (text: string) => string): string {
  // Far more than is shown: a secret that is cut through at the end is not shown, or is known by its part.
  return visibleText(scrub(text.slice(0, mostRead)).trim(), mostCharacters);
}
