import { stripVTControlCharacters } from "node:util";

/** Rows as lines: the first column to the left, the others, being numbers, to the right unless they are listed. */
export function textTable(
  rows: readonly (readonly string[])[],
  leftColumns: readonly number[] = [0],
): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = " ".repeat((widths[column] ?? 0) - width(cell));
        return leftColumns.includes(column) ? cell + gap : gap + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

const digits = new Intl.NumberFormat("en");

/** `12345` as `12,345`. */
export function count(value: number): string {
  return digits.format(value);
}
