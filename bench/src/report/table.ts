import type { ScenarioReport } from "./measurement.ts";
import { type Spread, summarise } from "./statistics.ts";

/** The scenario as a Markdown table: reads well on a terminal, and in a README. */
export function table(report: ScenarioReport): string {
  const head = ["contender", report.leading, "min–max", ...report.columns];
  if (report.baseline !== undefined) head.push("ratio", "min–max");
  const rows = summarise(report).map(({ contender, metrics, ratio }) => {
    const leading = metrics[report.leading];
    const cells = [contender, middle(leading), range(leading), ...report.columns.map((name) => middle(metrics[name]))];
    if (report.baseline !== undefined) cells.push(middle(ratio), range(ratio));
    return cells;
  });
  const notes = report.notes.map((note) => `${note}\n`).join("");
  return `${report.title}\n\n${layOut([head, ...rows])}\n${notes === "" ? "" : `\n${notes}`}`;
}

function middle(value: Spread | undefined): string {
  return value === undefined ? "–" : number(value.median);
}

function range(value: Spread | undefined): string {
  return value === undefined ? "–" : `${number(value.min)}–${number(value.max)}`;
}

/** Three digits that mean something. */
function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value === 0 ? "0" : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}
