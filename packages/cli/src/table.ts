export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number;
  /** Numbers, so that their last digits stand below each other. */
  readonly right?: boolean;
}

/** Rows below each other; nothing is cut off, and no line ends in blanks. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column) => String(column.of(row)))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((cell, index) => {
          const width = widths[index] ?? 0;
          return columns[index]?.right === true ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
