import type { TemplateDescription } from "../../contracts/query-runner.ts";
import { isSynclineError } from "../../model/errors.ts";
import { type CategoryEquality, type KnownEquality, mergeEquality } from "../../model/key-equality.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { EventHub } from "../events.ts";
import { wordlessError } from "../guard/wordless-error.ts";

export type Describe = (strategy: Strategy, signal: AbortSignal) => Promise<TemplateDescription | undefined>;

/**
 * Where the database could not say, it is asked again after this long; where it did, columns may
 * have other types by then.
 */
const askAgainMs = 5_000;
const askAnewMs = 600_000;
/** Strategies that are asked about at once. */
const width = 4;

/**
 * Which keys of a category are equal although their texts differ, as the database compares them in
 * the strategies' templates. Only text fields are asked about: all other types have one canonical
 * form whatever the column is.
 */
export class EqualityWatch {
  readonly #describe: Describe;
  readonly #events: EventHub;
  #byCategory: CategoryEquality = new Map();
  #askAgainAt = Number.POSITIVE_INFINITY;

  constructor(describe: Describe, events: EventHub) {
    this.#describe = describe;
    this.#events = events;
  }

  get byCategory(): CategoryEquality {
    return this.#byCategory;
  }

  /** Whether it is time to ask again. */
  isDue(now: number): boolean {
    return now >= this.#askAgainAt;
  }

  /**
   * Returns whether it is other than before. Never rejects: until the database can say, each
   * spelling of a key is a key.
   */
  async ask(strategies: readonly Strategy[], now: number, signal: AbortSignal): Promise<boolean> {
    this.#askAgainAt = now + askAnewMs;
    const waiting = strategies.filter(({ category }) => Object.values(category.fields).includes("string"));
    const known: KnownEquality[] = [];
    const unknown = new Set<string>();
    let isComplete = true;
    const askNext = async (): Promise<void> => {
      for (let strategy = waiting.pop(); strategy !== undefined; strategy = waiting.pop()) {
        const category = strategy.category.name;
        const answer = await this.#answerOf(strategy, signal);
        if (answer === "away") unknown.add(category);
        if (typeof answer === "string") isComplete = false;
        else known.push({ category, equality: answer });
      }
    };
    await Promise.all(Array.from({ length: width }, askNext));
    if (!isComplete) this.#askAgainAt = now + askAgainMs;
    const before = printOf(this.#byCategory);
    // The strategy that is not known may compare otherwise: a key that was folded for another would
    // find nothing there.
    this.#byCategory = mergeEquality(known.filter(({ category }) => !unknown.has(category)));
    return printOf(this.#byCategory) !== before;
  }

  /**
   * `broken`: the template is refused, which holds its own lane, and says so there. `away`: nobody
   * can say now.
   */
  async #answerOf(
    strategy: Strategy,
    signal: AbortSignal,
  ): Promise<TemplateDescription["equality"] | "broken" | "away"> {
    try {
      return (await this.#describe(strategy, signal))?.equality ?? {};
    } catch (error) {
      if (isSynclineError(error)) return error.retryable ? "away" : "broken";
      this.#events.emit("error", { during: `describe ${strategy.name}`, error: wordlessError(error) });
      return "away";
    }
  }
}

function printOf(equality: CategoryEquality): string {
  return JSON.stringify([...equality].map(([name, fields]) => [name, Object.entries(fields).sort()]).sort());
}
