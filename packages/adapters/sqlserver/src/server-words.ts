/**
 * Numbers of errors that SQL Server has while it parses and binds a statement, before it reads a
 * row: their words name what stands in the template, and nothing else. Not all of a kind: 8116
 * names types, but 9818 the value of a row that was given as a culture.
 */
const beforeRows: ReadonlySet<number> = new Set([
  ...[102, 103, 104, 105, 107, 109, 113, 116, 130, 137, 145, 147, 156, 195, 201, 205, 206, 207, 208, 209, 319, 402],
  ...[1011, 1033, 1038, 4104, 4121, 8116, 8117, 8120, 8144, 8155, 8156, 8158],
  // Rights: the names of objects.
  ...[229, 230, 916],
]);

/** Whether the server's words can hold nothing of a row. */
export function quotesTemplateAlone(number: number): boolean {
  return beforeRows.has(number);
}

/** In our words, for numbers whose own words are not kept. */
const conditions: ReadonlyMap<number, string> = new Map([
  ...[220, 232, 8115].map((number) => [number, "a number is too large for its type"] as const),
  ...[235, 244, 245, 248, 295, 529, 8114, 8169].map((number) => [number, "a value does not convert"] as const),
  ...[240, 257].map((number) => [number, "types do not fit together"] as const),
  ...[241, 242, 517, 9819].map((number) => [number, "a text is no date or time, or out of range"] as const),
  ...[535, 537].map((number) => [number, "a length or a difference is out of range"] as const),
  [468, "collations do not fit together"],
  [512, "a subquery yields several rows where one belongs"],
  [515, "NULL where a value belongs"],
  ...[2628, 8152].map((number) => [number, "a text is too long"] as const),
  ...[2601, 2627].map((number) => [number, "a key twice"] as const),
  [547, "a constraint"],
  [1205, "deadlock"],
  [1222, "a lock was waited for too long"],
  [3960, "snapshot conflict"],
  [6522, "a CLR function failed"],
  [9818, "a value is no culture"],
  [9820, "a value is no time zone"],
  [8134, "division by zero"],
  ...[13608, 13609].map((number) => [number, "a text is no JSON, or lacks the path"] as const),
]);

export function conditionOf(number: number): string | undefined {
  return conditions.get(number);
}
