/** So many names of 64 characters, quoted and joined, are 3,350 characters: a row of their own. */
const namesInPart = 50;

/** The strategies of a worker as JSON arrays, each short enough for a column of 4,000 bytes. */
export function namesInParts(strategies: readonly string[]): readonly string[] {
  const parts: string[] = [];
  for (let from = 0; from < strategies.length; from += namesInPart)
    parts.push(JSON.stringify(strategies.slice(from, from + namesInPart)));
  return parts;
}

/** What is in such arrays, each name once. */
export function attendedNames(parts: readonly unknown[]): readonly string[] {
  return [...new Set(parts.flatMap((part) => JSON.parse(String(part)) as readonly string[]))];
}

/** Below and above each name of a strategy, as the databases compare them: by its bytes. */
const lowest = " ";
const highest = "~";

/**
 * Between which names others would be, exclusively: so that what an index has of the known ones is
 * never read. Lower ends, and the upper end of each.
 */
export function gapsBetween(known: readonly string[]): {
  readonly low: readonly string[];
  readonly high: readonly string[];
} {
  const sorted = [...new Set(known)].sort();
  return { low: [lowest, ...sorted], high: [...sorted, highest] };
}
