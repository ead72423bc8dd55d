import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from "yaml";

/** Where something stands: `strategies/crm.yaml:12:3`. */
export function placeAt(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
}

/**
 * Where an option stands, as core names it (`retry.maxMs`, `options.headers.X-Team`,
 * `updateOf[1]`): its key, or the nearest thing around it that is there.
 */
export function placeOfOption(file: string, lines: LineCounter, root: Node, option: string): string {
  const place = placeAt(file, lines, offsetOf(root, option));
  return option === "" ? place : `${place} (${option})`;
}

function offsetOf(root: Node, option: string): number {
  let offset = root.range?.[0] ?? 0;
  let node: unknown = root;
  let rest = option;
  while (rest !== "") {
    if (isMap(node)) {
      const pair = nearestPair(node.items, rest);
      if (pair === undefined) return offset;
      offset = rangeStart(pair.key) ?? offset;
      rest = rest.slice(nameOf(pair.key).length).replace(/^\./, "");
      node = pair.value;
    } else if (isSeq(node)) {
      const index = /^\[(\d+)\]\.?/.exec(rest);
      node = index === null ? undefined : node.items[Number(index[1])];
      offset = rangeStart(node) ?? offset;
      rest = index === null ? "" : rest.slice(index[0].length);
    } else return offset;
  }
  return offset;
}

/** Names may have dots themselves: the longest that fits. */
function nearestPair(pairs: readonly Pair[], rest: string): Pair | undefined {
  let found: Pair | undefined;
  for (const pair of pairs) {
    const name = nameOf(pair.key);
    const fits = rest === name || rest.startsWith(`${name}.`) || rest.startsWith(`${name}[`);
    if (fits && (found === undefined || name.length > nameOf(found.key).length)) found = pair;
  }
  return found;
}

export function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
