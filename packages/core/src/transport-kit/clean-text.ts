/** A text from outside as one line that reads as it is written, of at most 200 characters, without secrets: `scrub` is a `SecretKeeper`'s. */
export function cleanText(text: string, scrub: (text: string) => string): string {
  const line = scrub(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\s]+/gu, " ")
    .trim();
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`;
}
