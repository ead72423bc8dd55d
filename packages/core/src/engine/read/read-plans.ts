import type { ComposeForm, ComposeShape, QueryComposer } from "../../contracts/query-composer.ts";
import type { TemplateDescription } from "../../contracts/query-runner.ts";
import type { Condition } from "../../model/condition.ts";
import { SynclineError } from "../../model/errors.ts";
import type { Strategy } from "../../model/strategy.ts";
import { FormChoice, type FormCosts } from "./form-choice.ts";
import type { LaneRunner } from "./read-places.ts";

export interface ReadPlansParts {
  readonly composer: QueryComposer;
  readonly runnerOf: (strategy: Strategy) => LaneRunner;
  readonly now: () => number;
}

/** What is known of how one strategy is best read. */
interface Known {
  description: Promise<TemplateDescription | undefined> | undefined;
  describedAt: number;
  hasRead: boolean;
  readonly choices: Map<number, FormChoice>;
  keys: "columns" | "parameters";
  /** Forms that failed where another one read: left for later, by the time until which. */
  readonly avoided: Map<ComposeForm, number>;
}

/** A column may get another type at any time: a key bound as the old one would not be found. */
const describeEveryMs = 60_000;
/** How long a form that failed on some keys is not the first to be tried. */
const avoidMs = 600_000;
/** Plans are compared for as many keys as this at most: with more, the costs keep their proportion. */
const mostSampleKeys = 100;

/**
 * How the templates of a pipeline are read: what the database says of their parameters, and which
 * form it says is cheapest. Asked once for each strategy object, and again after a read that was
 * too slow or failed.
 */
export class ReadPlans {
  readonly #parts: ReadPlansParts;
  readonly #known = new WeakMap<Strategy, Known>();

  constructor(parts: ReadPlansParts) {
    this.#parts = parts;
  }

  /**
   * `undefined`: the adapter cannot tell. Errors: as `QueryRunner.describe`; then it is asked again
   * the next time.
   */
  describe(strategy: Strategy, signal: AbortSignal): Promise<TemplateDescription | undefined> {
    const known = this.#of(strategy);
    const before = known.description;
    if (before !== undefined && this.#parts.now() - known.describedAt < describeEveryMs) return before;
    const asked = this.#describeAnew(strategy, known, before, signal);
    known.description = asked;
    known.describedAt = this.#parts.now();
    asked.catch(() => {
      if (known.description === asked) known.description = undefined;
    });
    return asked;
  }

  /**
   * A read failed: the columns may have other types by now. Returns whether they do. Errors: as
   * `describe`.
   */
  async hasChanged(strategy: Strategy, signal: AbortSignal): Promise<boolean> {
    const known = this.#of(strategy);
    const before = await known.description;
    known.describedAt = Number.NEGATIVE_INFINITY;
    return (await this.describe(strategy, signal)) !== before;
  }

  /**
   * The forms to try for these conditions, the best first. Errors: as `describe` and
   * `QueryRunner.estimate`.
   */
  async shapes(
    strategy: Strategy,
    conditions: readonly Condition[],
    signal: AbortSignal,
  ): Promise<readonly ComposeShape[]> {
    const description = await this.describe(strategy, signal);
    if (description !== undefined && description.problems.length > 0) throw unreadable(strategy, description);
    const known = this.#of(strategy);
    const shapeOf = (form: ComposeForm): ComposeShape =>
      description === undefined ? { form, keys: known.keys } : { form, description, keys: known.keys };
    if (this.#parts.runnerOf(strategy).estimate === undefined) return [shapeOf(pinned(strategy) ?? "joined")];
    const forms = (await this.#choiceFor(strategy, known, conditions, description, signal)).forms();
    const at = this.#parts.now();
    const isAvoided = (form: ComposeForm) => (known.avoided.get(form) ?? 0) > at;
    return [...forms.filter((form) => !isAvoided(form)), ...forms.filter(isAvoided)].map(shapeOf);
  }

  /** A read has come back. */
  read(strategy: Strategy, form: ComposeForm, keys: number, ms: number): void {
    this.#of(strategy).hasRead = true;
    this.#of(strategy).choices.get(bucketOf(keys))?.took(form, ms, this.#parts.now());
  }

  /** Whether any read of the strategy has come back. */
  hasRead(strategy: Strategy): boolean {
    return this.#of(strategy).hasRead;
  }

  /** These keys could be read in another form only. */
  avoid(strategy: Strategy, form: ComposeForm): void {
    this.#of(strategy).avoided.set(form, this.#parts.now() + avoidMs);
  }

  /**
   * Whether the database accepts the strategy's statement, so that what fails must be the data's
   * fault. `undefined`: the adapter cannot tell.
   */
  async isAccepted(
    strategy: Strategy,
    conditions: readonly Condition[],
    shape: ComposeShape,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const { composer, runnerOf } = this.#parts;
    const statements = composer.compose(strategy, conditions.slice(0, 1), shape).statements;
    const estimates = await runnerOf(strategy).estimate?.(statements, signal);
    return estimates === undefined ? undefined : estimates.every((estimate) => estimate !== undefined);
  }

  #of(strategy: Strategy): Known {
    let known = this.#known.get(strategy);
    if (known === undefined) {
      known = {
        description: undefined,
        describedAt: 0,
        hasRead: false,
        choices: new Map(),
        keys: "columns",
        avoided: new Map(),
      };
      this.#known.set(strategy, known);
    }
    return known;
  }

  async #ask(strategy: Strategy, signal: AbortSignal): Promise<TemplateDescription | undefined> {
    const { composer, runnerOf } = this.#parts;
    const probe = composer.probe?.(strategy);
    return probe === undefined ? undefined : runnerOf(strategy).describe?.(probe, signal);
  }

  /** The same object as before where nothing has changed: what was composed with it stays good. */
  async #describeAnew(
    strategy: Strategy,
    known: Known,
    before: Known["description"],
    signal: AbortSignal,
  ): Promise<TemplateDescription | undefined> {
    const asked = await this.#ask(strategy, signal);
    const last = await before?.catch(() => undefined);
    if (before !== undefined && JSON.stringify(last) === JSON.stringify(asked)) return last;
    known.choices.clear();
    known.avoided.clear();
    return asked;
  }

  async #choiceFor(
    strategy: Strategy,
    known: Known,
    conditions: readonly Condition[],
    description: TemplateDescription | undefined,
    signal: AbortSignal,
  ): Promise<FormChoice> {
    const bucket = bucketOf(conditions.length);
    const before = known.choices.get(bucket);
    if (before !== undefined && !before.isOutdated(this.#parts.now())) return before;
    const costs = await this.#compare(strategy, known, conditions, description, signal);
    const choice = new FormChoice(costs, pinned(strategy), this.#parts.now(), before);
    known.choices.set(bucket, choice);
    return choice;
  }

  async #compare(
    strategy: Strategy,
    known: Known,
    conditions: readonly Condition[],
    description: TemplateDescription | undefined,
    signal: AbortSignal,
  ): Promise<FormCosts> {
    const { composer, runnerOf } = this.#parts;
    const sample = conditions.slice(0, mostSampleKeys);
    const compose = (shape: ComposeShape, keys = sample) =>
      composer.compose(strategy, keys, description === undefined ? shape : { ...shape, description }).statements[0];
    const statements = [
      compose({ form: "joined" }),
      compose({ form: "fenced" }),
      compose({ form: "each", keys: "columns" }, sample.slice(0, 1)),
      compose({ form: "each", keys: "parameters" }, sample.slice(0, 1)),
    ].flatMap((statement) => statement ?? []);
    const [joined, fenced, each, plain] = (await runnerOf(strategy).estimate?.(statements, signal)) ?? [];
    known.keys = each === undefined && plain !== undefined ? "parameters" : "columns";
    return { joined, fenced, each: each ?? plain, keys: sample.length };
  }
}

function unreadable({ name }: Strategy, { problems }: TemplateDescription): SynclineError {
  return new SynclineError("query.invalid", `Strategy "${name}" cannot be read as it is.`, { problems });
}

/** Plans are compared anew when there are eight times as many keys. */
function bucketOf(keys: number): number {
  return keys <= 1 ? 0 : 1 + Math.floor(Math.log2(keys) / 3);
}

function pinned({ compose }: Strategy): ComposeForm | undefined {
  return compose === "set" ? undefined : compose;
}
