/** ` (did you mean "answer"?)` when one of the names is at most two edits away, otherwise nothing. */
export function suggestion(given: string, names: readonly string[]): string {
  if (given.length > 64) return "";
  let best: string | undefined;
  let least = 3;
  for (const name of names) {
    const edits = distance(given.toLowerCase(), name.toLowerCase());
    if (edits < least && edits < name.length) {
      best = name;
      least = edits;
    }
  }
  return best === undefined ? "" : ` (did you mean "${best}"?)`;
}

function distance(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const line = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      line.push(Math.min(replaced, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[right.length] ?? 0;
}
