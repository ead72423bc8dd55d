import { type Category, category } from "@syncline/core";
import type { StrategyDefinition } from "@syncline/core/spi";

export const item: Category<"item", { id: "integer" }> = category("item", { id: "integer" });
/** Which workers of an older release do not know. */
export const part: Category<"part", { id: "integer" }> = category("part", { id: "integer" });

/** Which of a key's states a strategy sends. */
export type View = "item" | "line" | "number" | "part";

/** A key's state where the strategy's query fails on its row. */
export const unreadable = "unreadable";

export const maxAttempts = 2;

const shared = {
  category: "item",
  query: 'SELECT i.id AS "id", i.label AS "label" FROM item i WHERE i.id = :id',
  path: "/items",
  downstream: "shop",
  whenAbsent: "delete",
  concurrency: 3,
  timeoutMs: 800,
  retry: { maxAttempts, initialMs: 50, maxMs: 300 },
} as const;

const definitions: readonly StrategyDefinition[] = [
  { ...shared, name: "single" },
  { ...shared, name: "batch", batch: 4, downstream: "depot" },
  { ...shared, name: "strict", coalesce: false },
  { ...shared, name: "strict-batch", coalesce: false, batch: 3, downstream: "depot" },
  { ...shared, name: "quiet", debounce: { quietMs: 30, maxMs: 100 } },
  { ...shared, name: "once", idempotent: false },
  { ...shared, name: "once-batch", idempotent: false, batch: 3, downstream: "depot" },
  { ...shared, name: "once-strict", idempotent: false, coalesce: false },
  { ...shared, name: "paced", rate: { perSecond: 15, burst: 2 }, batch: 2 },
  { ...shared, name: "slow", rate: { perSecond: 8 }, concurrency: 1, downstream: "depot" },
  { ...shared, name: "skip", whenAbsent: "skip" },
  { ...shared, name: "dead", whenAbsent: "dead", batch: 2 },
  { ...shared, name: "each", compose: "each", batch: 3 },
  {
    ...shared,
    name: "lines",
    rows: "many",
    query: 'SELECT l.label AS "label" FROM line l WHERE l.item = :id',
    downstream: "depot",
  },
  {
    ...shared,
    name: "numbers",
    batch: 4,
    query: 'SELECT i.id AS "id", NUMBER(i.label) AS "number" FROM item i WHERE i.id = :id',
  },
  {
    ...shared,
    name: "parts",
    category: "part",
    query: 'SELECT p.id AS "id", p.label AS "label" FROM part p WHERE p.id = :id',
  },
];

const byName: ReadonlyMap<string, StrategyDefinition> = new Map(definitions.map((each) => [each.name, each]));

/** Without the one that only an upgraded worker understands. */
export const strategyNames: readonly string[] = definitions.map(({ name }) => name).filter((name) => name !== "parts");

/** As it was first written down; later versions differ in `path`, `concurrency` and `timeoutMs`. */
export function definitionOf(name: string): StrategyDefinition {
  const found = byName.get(name);
  if (found === undefined) throw new RangeError(`There is no strategy "${name}" in the simulation`);
  return found;
}

export function viewOf(name: string): View {
  if (name === "lines") return "line";
  if (name === "numbers") return "number";
  return name === "parts" ? "part" : "item";
}

/** Whether there is no state of a key that it does not send. */
export function sendsAllStates(name: string): boolean {
  return definitionOf(name).whenAbsent === "delete" && viewOf(name) !== "number";
}
