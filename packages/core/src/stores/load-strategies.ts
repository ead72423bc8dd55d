import type { StoredStrategy, StrategyStore } from "../contracts/strategy-store.ts";
import { nameAndPlace } from "../engine/guard/wordless-error.ts";
import type { Dictionary } from "../model/category.ts";
import { SynclineError } from "../model/errors.ts";
import { isPlainObject, show } from "../model/option-checks.ts";
import type { Problem } from "../model/problem.ts";
import { type ResolvedStrategy, resolveStrategy } from "../model/resolve-strategy.ts";
import type { Strategy } from "../model/strategy.ts";
import { type InvalidCategory, mergeCategories } from "./merge-categories.ts";

/** A strategy that cannot work as it is written. */
export interface InvalidStrategy {
  readonly name: string;
  readonly source: string;
  /** Its category, if that at least is known: then its keys go on collecting until it is mended. */
  readonly category: string | undefined;
  readonly coalesce: boolean;
  readonly problems: readonly Problem[];
  /** What this worker has in force under its name stays so. */
  readonly keepsLast?: boolean;
}

/** Where a strategy stands. */
export type Origin = Pick<StoredStrategy, "source" | "place" | "keepsLast">;

/** What there was before. */
export interface Before {
  /** What was loaded: it is returned where the store has nothing else. */
  readonly known?: CheckedStrategies | undefined;
  /** The dictionary in force. A category that is not in order any more stays as it is there. */
  readonly inForce?: Dictionary;
}

/** A strategy that is switched off: its keys go on collecting. */
export type DisabledStrategy = Pick<InvalidStrategy, "name" | "category" | "coalesce">;

export interface CheckedStrategies {
  readonly strategies: ReadonlyMap<string, Strategy>;
  readonly invalid: readonly InvalidStrategy[];
  readonly disabled: readonly DisabledStrategy[];
  /** Of code and stores together. */
  readonly dictionary: Dictionary;
  readonly invalidCategories: readonly InvalidCategory[];
  /** Where categories stand that are not in code. */
  readonly categorySources: ReadonlyMap<string, string>;
  /** Of `strategies`, by name. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly revision: string;
}

const mostStrategies = 5_000;

/**
 * What a store holds, each entry checked on its own: one bad entry does not stop the others. Errors:
 * `strategy.invalid` for more strategies than are read. Nobody knows which categories the others
 * have, and what no strategy wants is not kept: so changes wait until there are fewer.
 *
 * @param inCode the categories in code.
 */
export async function loadStrategies(
  store: StrategyStore,
  inCode: Dictionary,
  signal: AbortSignal,
  { known, inForce = inCode }: Before = {},
): Promise<CheckedStrategies> {
  const loaded = await store.load(signal);
  if (known !== undefined && loaded.revision === known.revision) return known;
  const enabled = loaded.strategies.filter((entry) => !isDisabled(entry)).length;
  if (enabled > mostStrategies || loaded.strategies.length - enabled > mostStrategies) throw tooMany();
  const { dictionary, invalid: invalidCategories, sources } = mergeCategories(inCode, loaded.categories ?? [], inForce);
  const strategies = new Map<string, Strategy>();
  const origins = new Map<string, Origin>();
  const invalid: InvalidStrategy[] = [];
  const disabled: DisabledStrategy[] = [];
  const taken = new Set<string>();
  for (const [index, entry] of loaded.strategies.entries()) {
    const stored = readable(entry, index);
    const given: unknown = stored.definition.name;
    const name = typeof given === "string" ? given.slice(0, 64) : show(given);
    if (taken.has(name)) {
      // It may have been switched off because another took its place.
      if (isDisabled(stored)) continue;
      invalid.push({ name, source: stored.source, category: undefined, coalesce: true, problems: [nameTaken(stored)] });
      continue;
    }
    taken.add(name);
    if (isDisabled(stored)) {
      disabled.push({ ...collecting(stored, dictionary), name });
      continue;
    }
    const resolved = resolve(stored, dictionary);
    const { source, place, keepsLast } = stored;
    if (resolved.ok) {
      strategies.set(name, resolved.strategy);
      origins.set(name, stored);
    } else {
      const problems = place === undefined ? resolved.problems : placedBy(place, source, resolved.problems);
      const broken = { ...collecting(stored, dictionary), name, source, problems };
      invalid.push(keepsLast === true ? { ...broken, keepsLast } : broken);
    }
  }
  const { revision } = loaded;
  return { strategies, invalid, disabled, dictionary, invalidCategories, categorySources: sources, origins, revision };
}

/** What a store gives where it owes an entry is a strategy that cannot work, and keeps no other from it. */
function readable(entry: StoredStrategy | undefined, index: number): StoredStrategy {
  const source = `entry ${index + 1} of the strategy store`;
  try {
    if (typeof entry?.source === "string" && isPlainObject(entry.definition)) return { ...entry };
    const message = `It is no strategy, but ${show(entry?.definition)}: the store breaks its contract.`;
    return {
      source: typeof entry?.source === "string" ? entry.source : source,
      definition: { name: source },
      problem: message,
    };
  } catch (error) {
    return { source, definition: { name: source }, problem: `Reading it throws ${nameAndPlace(error)}.` };
  }
}

/** Never throws: what a store gives may be anything. */
function isDisabled(entry: StoredStrategy | undefined): boolean {
  try {
    return entry?.disabled === true;
  } catch {
    return false;
  }
}

function resolve({ definition, source, problem }: StoredStrategy, dictionary: Dictionary): ResolvedStrategy {
  if (problem !== undefined) return { ok: false, problems: problemsAt(source, problem) };
  return resolveStrategy(definition, dictionary, source);
}

function problemsAt(source: string, problem: string | readonly Problem[]): readonly Problem[] {
  return typeof problem === "string" ? [{ at: source, message: problem }] : problem;
}

/** A store's own words have their place already. */
function placedBy(place: (option: string) => string, source: string, problems: readonly Problem[]): Problem[] {
  return problems.map(({ at, message }) => ({
    at: at.startsWith(`${source}.`) ? place(at.slice(source.length + 1)) : at,
    message,
  }));
}

function tooMany(): SynclineError {
  const message = `There are more than ${mostStrategies} strategies, which is the most: nothing is dispatched until there are fewer.`;
  return new SynclineError("strategy.invalid", message, { retryable: true });
}

function nameTaken({ source }: StoredStrategy): Problem {
  return { at: source, message: "Another strategy has this name already, and stays in force." };
}

function collecting(
  { definition }: StoredStrategy,
  dictionary: Dictionary,
): Pick<InvalidStrategy, "category" | "coalesce"> {
  const { category, coalesce } = (definition ?? {}) as { readonly category?: unknown; readonly coalesce?: unknown };
  const known = typeof category === "string" && dictionary.has(category);
  return { category: known ? category : undefined, coalesce: coalesce !== false };
}
