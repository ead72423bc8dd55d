import { levelsOf, rowsOf, totalsOf } from "../database/overview.ts";
import type { Watched } from "../database/watched.ts";
import { optionalText, wholeNumber } from "../http/fields.ts";
import { Refusal, refusalOf } from "../http/refusal.ts";
import type { Request, Route } from "./route.ts";
import type {
  Dated,
  NewsDocument,
  OverviewDocument,
  StrategiesDocument,
  StrategyRow,
  StrategyWithHistory,
} from "./shapes.ts";

const mostRows = 100;
const mostLanes = 200;

/** From the shared look at the database, however many look. */
export const seeing: readonly Route[] = [
  { method: "GET", path: "overview", role: "reader", fields: [], handle: overview },
  {
    method: "GET",
    path: "strategies",
    role: "reader",
    fields: ["search", "level", "sort", "limit", "offset"],
    handle: strategies,
  },
  { method: "GET", path: "strategies/:name", role: "reader", fields: [], handle: oneStrategy },
  { method: "GET", path: "news", role: "reader", fields: [], handle: news },
];

async function overview({ watched, timeoutMs }: Request): Promise<OverviewDocument> {
  const { value, dated, rows, health } = await lookAt(watched, timeoutMs);
  return {
    ...dated,
    working: health.ready,
    ...totalsOf(value),
    strategies: levelsOf(rows),
    problems: health.problems,
    unloaded: value.unloaded === undefined ? null : refusalOf(value.unloaded).message,
  };
}

async function strategies({ watched, fields, timeoutMs }: Request): Promise<StrategiesDocument> {
  const search = optionalText(fields, "search", 200)?.trim().toLowerCase() ?? "";
  const level = optionalText(fields, "level", 10);
  const order = orders[optionalText(fields, "sort", 10) ?? "trouble"];
  if (order === undefined)
    throw new Refusal(400, "query.invalid", `"sort" must be one of ${Object.keys(orders).join(", ")}.`);
  const limit = wholeNumber(fields, "limit", 1, mostRows, 50);
  const offset = wholeNumber(fields, "offset", 0, 1_000_000, 0);
  const { dated, rows, health } = await lookAt(watched, timeoutMs);
  const words = search.split(/\s+/);
  const found = rows
    .filter((row) => level === undefined || row.level === level)
    .filter(({ name, category, downstream }) => {
      const text = `${name} ${category ?? ""} ${downstream ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .toSorted(order);
  return {
    ...dated,
    working: health.ready,
    items: found.slice(offset, offset + limit).map((row) => withHistory(watched, row)),
    matching: found.length,
    total: rows.length,
    historyMs: watched.history.everyMs,
  };
}

async function oneStrategy({ watched, name, timeoutMs }: Request): Promise<StrategiesDocument> {
  const { dated, rows, health } = await lookAt(watched, timeoutMs);
  const found = rows.filter((row) => row.name === name);
  if (found.length === 0)
    throw new Refusal(404, "strategy.unknown", "There is no such strategy, and nothing is left of one.");
  return {
    ...dated,
    working: health.ready,
    items: found.map((row) => withHistory(watched, row)),
    matching: 1,
    total: rows.length,
    historyMs: watched.history.everyMs,
  };
}

async function news({ watched }: Request): Promise<NewsDocument> {
  const { ready, problems } = watched.pipeline.health();
  const lanes = watched.pipeline.lanes();
  const busy = lanes
    .filter(({ circuit, reading, ready, calls, opensAt }) => {
      return circuit !== "closed" || opensAt !== undefined || reading + ready + calls > 0;
    })
    .toSorted((one, other) => Number(one.circuit === "closed") - Number(other.circuit === "closed"))
    .slice(0, mostLanes);
  return { working: ready, lanes: busy, allLanes: lanes.length, problems, items: watched.news.read() };
}

type Order = (one: StrategyRow, other: StrategyRow) => number;

const severity = { error: 0, warn: 1, paused: 2, ok: 3 };
const waitingOf = ({ due, waiting, blocked }: StrategyRow) => due + waiting + blocked;

/** Of equal ones, those by name: rows come so. */
const orders: { readonly [name: string]: Order | undefined } = {
  trouble: (one, other) => severity[one.level] - severity[other.level] || other.oldestAgeMs - one.oldestAgeMs,
  name: () => 0,
  age: (one, other) => other.oldestAgeMs - one.oldestAgeMs,
  waiting: (one, other) => waitingOf(other) - waitingOf(one),
  dead: (one, other) => other.dead + other.held - one.dead - one.held,
};

async function lookAt(watched: Watched, timeoutMs: number) {
  const { value, at, error } = await watched.look.get(timeoutMs);
  const health = watched.pipeline.health();
  const dated: Dated = { at, stale: error === undefined ? null : refusalOf(error).message };
  return { value, dated, health, rows: rowsOf(value, health, watched.pipeline.lanes()) };
}

function withHistory({ history }: Watched, row: StrategyRow): StrategyWithHistory {
  return { ...row, history: history.read(row.name) ?? null };
}
