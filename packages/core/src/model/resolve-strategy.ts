import type { Dictionary } from "./category.ts";
import type { CategoryDefinition } from "./category-definition.ts";
import { sizeProblem } from "./definition-size.ts";
import type { QuietWindow } from "./delivery.ts";
import { windowShape } from "./delivery-window.ts";
import {
  checkShape,
  isPlainObject,
  json,
  numberFrom,
  oneOf,
  type ShapeChecks,
  show,
  text,
  wholeNumber,
} from "./option-checks.ts";
import { type Problem, placeIn } from "./problem.ts";
import { leastPerSecond } from "./rate-floor.ts";
import type { RateLimit, RetryPolicy, Strategy, StrategyDefinition, StrategyOptions } from "./strategy.ts";

export type ResolvedStrategy =
  | { readonly ok: true; readonly strategy: Strategy }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const strategyName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export function isStrategyName(name: string): boolean {
  return strategyName.test(name);
}
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

const rateChecks: ShapeChecks = {
  perSecond: { check: numberFrom(leastPerSecond, 1_000_000), required: true },
  burst: { check: wholeNumber(1, 1_000_000) },
};
const retryChecks: ShapeChecks = {
  maxAttempts: { check: wholeNumber(1, 1_000_000) },
  initialMs: { check: wholeNumber(0, dayMs) },
  maxMs: { check: wholeNumber(0, weekMs) },
};
const debounceChecks: ShapeChecks = {
  quietMs: { check: wholeNumber(1, weekMs), required: true },
  maxMs: { check: wholeNumber(1, weekMs), required: true },
};
/** Judged below, where more than the value itself is known. */
const judgedBelow = () => undefined;

const strategyChecks: { readonly [Option in keyof StrategyDefinition | "map"]: ShapeChecks[string] } = {
  name: {
    check: (name) =>
      typeof name === "string" && strategyName.test(name)
        ? undefined
        : `${show(name)} must begin with a letter or digit, then letters, digits, "_", "." or "-", at most 64 characters.`,
    required: true,
  },
  category: { check: judgedBelow, required: true },
  query: { check: text(100_000), required: true },
  downstream: { check: text(200), required: true },
  path: { check: text(2_000), required: true },
  method: { check: text(100) },
  options: { check: (value) => (isPlainObject(value) ? json(16)(value) : `It must be an object, not ${show(value)}.`) },
  whenAbsent: { check: oneOf("delete", "skip", "dead") },
  compose: { check: oneOf("set", "joined", "fenced", "each") },
  rows: { check: oneOf("one", "many") },
  versionColumn: { check: text(200) },
  coalesce: { check: oneOf(true, false) },
  idempotent: { check: oneOf(true, false) },
  batch: { check: wholeNumber(1, 10_000) },
  deleteBatch: { check: wholeNumber(1, 10_000) },
  concurrency: { check: wholeNumber(1, 1_000) },
  rate: { check: judgedBelow },
  retry: { check: judgedBelow },
  timeoutMs: { check: wholeNumber(1, dayMs) },
  debounce: { check: judgedBelow },
  window: { check: judgedBelow },
  mode: { check: oneOf("live", "shadow") },
  shadowOf: { check: text(64) },
  numbers: { check: oneOf("string", "number") },
  queryTimeoutMs: { check: wholeNumber(1, dayMs) },
  maxRows: { check: wholeNumber(1, 1_000_000) },
  map: { check: (value) => (typeof value === "function" ? undefined : "It must be a function.") },
};

export const defaultQueryTimeoutMs = 30_000;
const defaults = {
  method: undefined,
  options: Object.freeze({}),
  compose: "set",
  rows: "one",
  versionColumn: undefined,
  coalesce: true,
  idempotent: true,
  batch: 1,
  concurrency: 8,
  timeoutMs: 30_000,
  debounce: undefined,
  window: undefined,
  mode: "live",
  shadowOf: undefined,
  numbers: "string",
  queryTimeoutMs: defaultQueryTimeoutMs,
  map: undefined,
} as const;
const retryDefaults: Required<RetryPolicy> = { maxAttempts: 12, initialMs: 1_000, maxMs: 300_000 };

/**
 * Checks a strategy, from code or as data from anywhere, and fills in its defaults. What only a transport or a dialect can
 * judge (path, options, template) is judged elsewhere.
 *
 * @param source where the strategy stands: the prefix of every problem's place.
 */
export function resolveStrategy(definition: unknown, dictionary: Dictionary, source: string): ResolvedStrategy {
  const tooLarge = sizeProblem(definition);
  if (tooLarge !== undefined) return { ok: false, problems: [{ at: source, message: tooLarge }] };
  const shape = checkShape(definition, strategyChecks);
  // Own properties only: nothing is inherited from whoever made the object.
  const given: { readonly [option: string]: unknown } = isPlainObject(definition)
    ? Object.fromEntries(Object.entries(definition))
    : {};
  const category = categoryOf(given.category, dictionary);
  const problems = [
    ...shape,
    ...optionProblems(given),
    ...(typeof category === "string" ? [{ at: "category", message: category }] : []),
  ];
  if (problems.length > 0 || typeof category === "string") {
    return { ok: false, problems: problems.map(({ at, message }) => ({ at: placeIn(source, at), message })) };
  }
  return {
    ok: true,
    strategy: Object.freeze(fill(given as unknown as StrategyOptions & { name: string; query: string }, category)),
  };
}

/** The dictionary's category, or what is wrong. Code gives the object, data its name. */
function categoryOf(given: unknown, dictionary: Dictionary): CategoryDefinition | string {
  const name = isPlainObject(given) ? given.name : given;
  const category = typeof name === "string" ? dictionary.get(name) : undefined;
  if (category !== undefined) return category;
  if (given === undefined) return "It is missing.";
  return `${show(name)} is not in the data dictionary; there are: ${[...dictionary.keys()].join(", ") || "none"}.`;
}

function optionProblems(given: { readonly [option: string]: unknown }): readonly Problem[] {
  const problems: Problem[] = [];
  const nested = { rate: rateChecks, retry: retryChecks, debounce: debounceChecks };
  for (const [name, checks] of Object.entries(nested)) {
    if (given[name] === undefined) continue;
    problems.push(...checkShape(given[name], checks).map(({ at, message }) => ({ at: placeIn(name, at), message })));
  }
  if (given.window !== undefined)
    problems.push(...windowShape(given.window).map(({ at, message }) => ({ at: placeIn("window", at), message })));
  if (given.whenAbsent === undefined) {
    const message =
      'It must say "delete", "skip" or "dead": what to do with a key whose query yields no row. There is no default, since each is wrong for somebody.';
    problems.push({ at: "whenAbsent", message });
  }
  if (given.coalesce === false && given.debounce !== undefined) {
    const message =
      "A strategy that wants every change cannot wait for a key to be quiet: drop debounce, or coalesce: false.";
    problems.push({ at: "debounce", message });
  }
  const { batch, deleteBatch } = given;
  const most = batch ?? defaults.batch;
  if (typeof deleteBatch === "number" && typeof most === "number" && deleteBatch > most)
    problems.push({ at: "deleteBatch", message: `It must be at most batch (${most}).` });
  if (deleteBatch !== undefined && given.whenAbsent !== undefined && given.whenAbsent !== "delete")
    problems.push({ at: "deleteBatch", message: 'It has no effect unless whenAbsent is "delete".' });
  if (given.shadowOf !== undefined && given.mode !== "shadow")
    problems.push({ at: "shadowOf", message: 'It has no effect unless mode is "shadow".' });
  return [...problems, ...windowProblems(given.debounce), ...callProblems(batch, given.concurrency)];
}

/** A lane holds a lease on all that its calls may carry, and as much again. */
const mostInFlight = 100_000;

function callProblems(batch: unknown, concurrency: unknown): readonly Problem[] {
  const [items, calls] = [batch ?? defaults.batch, concurrency ?? defaults.concurrency];
  if (typeof items !== "number" || typeof calls !== "number" || !(items * calls > mostInFlight)) return [];
  const message = `With ${calls} calls of ${items} items at once, ${items * calls} would be in flight: at most ${mostInFlight} may be.`;
  return [{ at: "concurrency", message }];
}

function windowProblems(debounce: unknown): readonly Problem[] {
  if (!isPlainObject(debounce)) return [];
  const { quietMs, maxMs } = debounce;
  if (typeof quietMs !== "number" || typeof maxMs !== "number" || quietMs <= maxMs) return [];
  return [{ at: "debounce.maxMs", message: `It must be at least quietMs (${quietMs}), not ${maxMs}.` }];
}

function fill(given: StrategyOptions & { name: string; query: string }, category: CategoryDefinition): Strategy {
  const rows = given.rows ?? "one";
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    ...defaults,
    maxRows: rows === "one" ? 1 : 10_000,
    deleteBatch: given.batch ?? defaults.batch,
    ...(defined as unknown as StrategyOptions & { name: string; query: string }),
    category,
    rate: rateOf(given.rate),
    retry: { ...retryDefaults, ...given.retry },
    debounce: given.debounce as QuietWindow | undefined,
    window: given.window,
    versionColumn: given.versionColumn,
    method: given.method,
    map: (given as Partial<Pick<Strategy, "map">>).map,
  };
}

function rateOf(rate: RateLimit | undefined): Required<RateLimit> | undefined {
  return rate === undefined ? undefined : { perSecond: rate.perSecond, burst: rate.burst ?? 1 };
}
