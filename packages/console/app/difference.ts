export interface DifferentLine {
  readonly sign: " " | "−" | "+";
  readonly text: string;
}

/** The table of lengths has their product: a row of a table has a few lines. */
const mostLines = 500;

/** Lines that went, came and stayed, by their longest common sequence; `undefined`: they are too many. */
export function differences(before: readonly string[], after: readonly string[]): readonly DifferentLine[] | undefined {
  if (before.length > mostLines || after.length > mostLines) return undefined;
  const lengths = lengthsOf(before, after);
  const length = (one: number, other: number) => lengths[one]?.[other] ?? 0;
  const lines: DifferentLine[] = [];
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    const [gone = "", come = ""] = [before[one], after[other]];
    if (one < before.length && other < after.length && gone === come) {
      lines.push({ sign: " ", text: gone });
      one += 1;
      other += 1;
    } else if (one < before.length && (other >= after.length || length(one + 1, other) >= length(one, other + 1))) {
      lines.push({ sign: "−", text: gone });
      one += 1;
    } else {
      lines.push({ sign: "+", text: come });
      other += 1;
    }
  }
  return lines;
}

/** Of the longest common sequence of what is left, from each pair of places on. */
function lengthsOf(before: readonly string[], after: readonly string[]): readonly (readonly number[])[] {
  let below: readonly number[] = Array(after.length + 1).fill(0);
  const rows = [below];
  for (const text of before.toReversed()) {
    const row: number[] = Array(after.length + 1).fill(0);
    for (let other = after.length - 1; other >= 0; other -= 1)
      row[other] =
        after[other] === text ? (below[other + 1] ?? 0) + 1 : Math.max(below[other] ?? 0, row[other + 1] ?? 0);
    rows.push(row);
    below = row;
  }
  return rows.reverse();
}
