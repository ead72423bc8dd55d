/**
 * What a VARCHAR2 of 4,000 bytes holds of a text, in UTF-8. A column of 2,000 characters holds no more than 4,000 bytes
 * either, and a character may take four.
 */
export function withinBytes(text: string, most = 4_000): string {
  // No UTF-16 unit takes more than three bytes.
  if (text.length * 3 <= most) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  // Not in the middle of a character: its further bytes are 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString("utf8", 0, end);
}
