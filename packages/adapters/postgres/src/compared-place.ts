/**
 * Whether a parameter, `$1`, stands beside `=` and nothing else is said of it: no cast in words, no
 * range. `number` from 1.
 */
export function isAskedForEquality(text: string, number: number): boolean {
  const match = new RegExp(`\\$${number}(?!\\d)`).exec(text);
  if (match === null) return false;
  let before = text.slice(0, match.index).trimEnd();
  let after = text.slice(match.index + match[0].length).trimStart();
  while (before.endsWith("(") && after.startsWith(")") && !/\w\($|\bIN \($/i.test(before)) {
    before = before.slice(0, -1).trimEnd();
    after = after.slice(1).trimStart();
  }
  if (after.startsWith("::") || /^AS\b/i.test(after)) return false;
  // More than the key itself is compared: `:day + 1`.
  if (/^[-+*/|@#&]/.test(after)) return false;
  return (
    /(?:^|[^<>!=~])=$/.test(before) ||
    /\b(?:IN ?\(|DISTINCT FROM)$/i.test(before) ||
    /^(?:=(?![<>=])|IS NOT DISTINCT FROM\b)/i.test(after)
  );
}
