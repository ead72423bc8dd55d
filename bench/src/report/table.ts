import type { ScenarioReport } from "./measurement.ts";
import { calmest, type Spread, summarise } from "./statistics.ts";

/** The scenario as a Markdown table: reads well on a terminal, and in a README. */
export function table(report: ScenarioReport): string {
  const compared = report.baseline === undefined ? [] : report.compared;
  const head = ["contender", report.leading, "min–max", ...report.columns];
  if (report.limit !== undefined) head.push("of the limit");
  for (const metric of compared) head.push(`${metric}, ratio`, "min–max");
  const rows = summarise(report).map(({ contender, metrics, ratios, share }) => {
    const leading = metrics[report.leading];
    const cells = [contender, middle(leading), range(leading), ...report.columns.map((name) => middle(metrics[name]))];
    if (report.limit !== undefined) cells.push(share === undefined ? "–" : `${number(share.median * 100)} %`);
    for (const metric of compared) cells.push(middle(ratios[metric]), range(ratios[metric]));
    return cells;
  });
  const notes = report.notes.map((note) => `${note}\n`).join("");
  const repeats = `the calmest ${calmest(report.repeats).length} of ${report.repeats.length} repeats`;
  return `**${report.title}** (${repeats})\n\n${layOut([head, ...rows])}\n${notes === "" ? "" : `\n${notes}`}`;
}

export function middle(value: Spread | undefined): string {
  return value === undefined ? "–" : number(value.median);
}

export function range(value: Spread | undefined): string {
  return value === undefined ? "–" : `${number(value.min)}–${number(value.max)}`;
}

/** Three digits that mean something. */
export function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value === 0 ? "0" : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

export function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}
