import type { Curves, ScenarioReport } from "./measurement.ts";
import { type Summary, summarise } from "./statistics.ts";
import { number } from "./table.ts";

const width = 720;
const ink = "#57606a";
const colours = ["#2f6feb", "#d9730d", "#2da44e", "#a475f9"];
const style = `<style>text{font:12px system-ui,sans-serif;fill:${ink}}.title{font-weight:600;font-size:13px}</style>`;

/** The scenario as an SVG that reads on light and on dark pages: curves where it has some, else bars. */
export function chart(report: ScenarioReport): string {
  return report.curves === undefined ? bars(report) : curves(report, report.curves);
}

/** The leading metric of each contender, with its least and most. */
function bars(report: ScenarioReport): string {
  const summaries = summarise(report);
  const [left, right, row, top] = [300, 90, 24, 34];
  const most = Math.max(...summaries.map(({ metrics }) => metrics[report.leading]?.max ?? 0), Number.MIN_VALUE);
  const at = (value: number) => left + (value / most) * (width - left - right);
  const drawn = summaries.map(({ contender, metrics }, index) => {
    const value = metrics[report.leading];
    const y = top + index * row;
    const label = `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${escaped(contender)}</text>`;
    if (value === undefined) return label;
    const colour = contender.startsWith("Syncline") ? colours[0] : contender === report.limit ? colours[3] : "#8c959f";
    const bar = `<rect x="${left}" y="${y + 4}" width="${round(at(value.median) - left)}" height="14" fill="${colour}"/>`;
    const reach = `<path d="M${round(at(value.min))} ${y + 11}H${round(at(value.max))}" stroke="${ink}" stroke-width="1.5"/>`;
    return `${label}${bar}${reach}<text x="${round(at(value.max)) + 6}" y="${y + 15}">${number(value.median)}</text>`;
  });
  return svg(top + summaries.length * row + 8, `${report.title}: ${report.leading}`, drawn);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function curves(report: ScenarioReport, { x, y, logX = false }: Curves): string {
  const series = groupBySeries(report, summarise(report), x, y);
  const points = [...series.values()].flat();
  const [left, right, top, bottom, height] = [70, 20, 40, 50, 300];
  const scaled = (value: number) => (logX ? Math.log10(Math.max(value, 1)) : value);
  const xs = points.map((point) => scaled(point.x));
  const [least, most] = [Math.min(...xs), Math.max(...xs)];
  const highest = Math.max(...points.map((point) => point.y), Number.MIN_VALUE) * 1.1;
  const atX = (value: number) =>
    round(left + ((scaled(value) - least) / (most - least || 1)) * (width - left - right - 40));
  const atY = (value: number) => round(height - bottom - (value / highest) * (height - top - bottom));
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const level = (share * highest) / 1.1;
    const line = `<path d="M${left} ${atY(level)}H${width - right}" stroke="#8c959f" stroke-opacity=".3"/>`;
    return `${line}<text x="${left - 6}" y="${atY(level) + 4}" text-anchor="end">${number(level)}</text>`;
  });
  const ticks = [...new Set(points.map((point) => point.x))].map(
    (value) =>
      `<text x="${atX(value)}" y="${height - bottom + 18}" text-anchor="middle">${value.toLocaleString("en")}</text>`,
  );
  const lines = [...series].map(([name, each], index) => {
    const colour = colours[index % colours.length];
    const path = each.map((point, place) => `${place === 0 ? "M" : "L"}${atX(point.x)} ${atY(point.y)}`).join("");
    const dots = each.map((point) => `<circle cx="${atX(point.x)}" cy="${atY(point.y)}" r="3.5" fill="${colour}"/>`);
    const legend = `<text x="${left + 8 + index * 220}" y="${top - 4}" style="fill:${colour}">${escaped(name)}</text>`;
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}${legend}`;
  });
  const axis = `<text x="${(left + width) / 2}" y="${height - 8}" text-anchor="middle">${escaped(x)}</text>`;
  return svg(height, `${report.title}: ${y}`, [...grid, ...ticks, ...lines, axis]);
}

function groupBySeries(
  report: ScenarioReport,
  summaries: readonly Summary[],
  x: string,
  y: string,
): ReadonlyMap<string, readonly Point[]> {
  const names = new Map(report.repeats.flat().map(({ contender, series }) => [contender, series ?? y]));
  const series = new Map<string, Point[]>();
  for (const { contender, metrics } of summaries) {
    const point = { x: metrics[x]?.median, y: metrics[y]?.median };
    if (point.x === undefined || point.y === undefined) continue;
    const name = names.get(contender) ?? y;
    series.set(
      name,
      [...(series.get(name) ?? []), { x: point.x, y: point.y }].sort((a, b) => a.x - b.x),
    );
  }
  return series;
}

function svg(height: number, title: string, parts: readonly string[]): string {
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const heading = `<text class="title" x="8" y="18">${escaped(title)}</text>`;
  return `<svg ${frame} role="img" aria-label="${escaped(title)}">\n${[`<title>${escaped(title)}</title>`, style, heading, ...parts].join("\n")}\n</svg>\n`;
}

const round = (value: number) => Math.round(value * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
