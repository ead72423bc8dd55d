/**
 * What a VARCHAR2 of 4,000 bytes holds of a text. A character beyond U+FFFF counts as six bytes, as it
 * takes in the character set UTF8, where AL32UTF8 needs four. A column of 2,000 characters holds no
 * more than 4,000 bytes either.
 */
export function withinBytes(text: string, most = 4_000): string {
  // No UTF-16 unit takes more than three bytes.
  if (text.length * 3 <= most) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += character.length === 2 ? 6 : Buffer.byteLength(character);
    if (bytes > most) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
