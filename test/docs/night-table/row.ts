export interface Row {
  /** What came back or happened. */
  readonly happened: string;
  readonly does: string;
  readonly log: string;
  readonly health: string;
  readonly status: string;
  readonly todo: string;
}

const columns: readonly (readonly [title: string, column: keyof Row])[] = [
  ["what came back, or happened", "happened"],
  ["what Syncline does", "does"],
  ["log", "log"],
  ["health", "health"],
  ["`status()`", "status"],
  ["what to do", "todo"],
];

export function tableOf(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = [line(columns.map(([title]) => title)), `|${columns.map(() => "---|").join("")}`];
  return [...head, ...rows.map((row) => line(columns.map(([, column]) => row[column])))].join("\n");
}
