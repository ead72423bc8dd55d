/** From here on a text is `nvarchar(max)`, whatever its length. */
const longestSized = 4_000;

/**
 * These libraries declare a text by the length of its value, and the server keeps a plan for each declaration. White space
 * after JSON means nothing: so lengths go up in powers of two, and there are six plans instead of four thousand.
 */
export function padded(json: string): string {
  if (json.length > longestSized) return json;
  let length = 128;
  while (length < json.length) length *= 2;
  return json.padEnd(Math.min(length, longestSized));
}
