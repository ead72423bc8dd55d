import { documentsOf } from "../../compose/documents.ts";
import type { CategorySources } from "../../contracts/category-sources.ts";
import type { ComposeForm, ComposeShape, QueryComposer } from "../../contracts/query-composer.ts";
import type { Condition } from "../../model/condition.ts";
import type { Strategy } from "../../model/strategy.ts";
import {
  awaited,
  blockedBy,
  charged,
  deferred,
  doubted,
  failedBy,
  givenUp,
  type KeyReading,
  readingOf,
} from "./key-reading.ts";
import {
  isByteLimit,
  isKeyFault,
  isStatementFault,
  isTimeout,
  mayBeOfTypes,
  mayDoInAnotherForm,
} from "./read-failures.ts";
import type { LaneRunner } from "./read-places.ts";
import type { ReadPlans } from "./read-plans.ts";

export interface ReaderParts {
  readonly composer: QueryComposer;
  readonly runnerOf: (strategy: Strategy) => LaneRunner;
  readonly plans: ReadPlans;
  /** Absent: nobody can say why a key is absent. */
  readonly presence?: NonNullable<CategorySources["presence"]>;
}

/** One read of a strategy, with the halves and forms that it takes. */
export class SetRead {
  readonly #parts: ReaderParts;
  readonly #strategy: Strategy;
  readonly #signal: AbortSignal;
  /** All forms, the best first. */
  #shapes: readonly ComposeShape[] = [];
  /** Forms that timed out during this read: not for halves, if there is another. */
  readonly #slow = new Set<ComposeForm | undefined>();
  /**
   * How many more statements may fail before one reads. Then it is the template's fault, be it
   * accepted or not.
   */
  #patience = 0;
  /** Statements that timed out, one after the other. */
  #timeouts = 0;
  #mostTimeouts = 0;
  #lastTimeout: unknown;
  #hasAskedAgain = false;

  constructor(parts: ReaderParts, strategy: Strategy, signal: AbortSignal) {
    this.#parts = parts;
    this.#strategy = strategy;
    this.#signal = signal;
  }

  /** One reading for each condition. Never rejects. */
  async read(conditions: readonly Condition[], maxBytes: number): Promise<readonly KeyReading[]> {
    try {
      this.#shapes = await this.#parts.plans.shapes(this.#strategy, conditions, this.#signal);
    } catch (error) {
      // A table that is locked keeps its template from being looked at: no key's fault.
      if (isTimeout(error)) return blockedBy(conditions, error).map(awaited);
      // A key that cannot be bound is found as one that cannot be read is.
      if (!isKeyFault(error)) return blockedBy(conditions, error);
      if (conditions.length === 1) return failedBy(conditions, error);
      return inHalves(conditions, (half) => this.read(half, Math.ceil(maxBytes / 2)));
    }
    // Down to one key in halves, and in all forms twice. A template that takes too long for any key
    // would take hours else.
    this.#mostTimeouts = 2 * this.#shapes.length + Math.ceil(Math.log2(conditions.length));
    return this.#inForms(conditions, this.#shapes, maxBytes);
  }

  /** Tries one form after the other; what they all fail on is divided. */
  async #inForms(
    conditions: readonly Condition[],
    shapes: readonly ComposeShape[],
    maxBytes: number,
  ): Promise<readonly KeyReading[]> {
    const failed: ComposeShape[] = [];
    let lastError: unknown;
    if (this.#timeouts > this.#mostTimeouts) return blockedBy(conditions, this.#lastTimeout).map(awaited);
    for (const shape of shapes) {
      try {
        const readings = await this.#readSet(conditions, shape, maxBytes);
        this.#timeouts = 0;
        for (const { form } of failed) if (form !== undefined) this.#parts.plans.avoid(this.#strategy, form);
        return readings;
      } catch (error) {
        if (isByteLimit(error)) return firstHalf(conditions, (half) => this.#inForms(half, shapes, maxBytes));
        if (isTimeout(error)) this.#timedOut(shape, error);
        lastError = error;
        if (!mayDoInAnotherForm(error)) break;
        failed.push(shape);
      }
    }
    if (await this.#wasOutdated(lastError)) return this.read(conditions, maxBytes);
    if (isStatementFault(lastError)) return this.#findAtFault(conditions, maxBytes, lastError);
    if (!isKeyFault(lastError)) return blockedBy(conditions, lastError);
    if (conditions.length === 1) return failedBy(conditions, lastError);
    // Half of the bytes for each half, so that the parts together bring no more than the whole could.
    const bytes = Math.ceil(maxBytes / 2);
    return inHalves(conditions, (half) => this.#inForms(half, half.length === 1 ? this.#shapes : this.#apart(), bytes));
  }

  #timedOut({ form }: ComposeShape, error: unknown): void {
    this.#slow.add(form);
    this.#timeouts += 1;
    this.#lastTimeout = error;
  }

  /** What failed may have been bound as what its column was a minute ago. Once, before any key is charged. */
  async #wasOutdated(error: unknown): Promise<boolean> {
    if (this.#hasAskedAgain || !mayBeOfTypes(error)) return false;
    this.#hasAskedAgain = true;
    return this.#parts.plans.hasChanged(this.#strategy, this.#signal).catch(() => false);
  }

  /** The form that keeps keys apart best, for halves: a joined set may touch rows of no key. */
  #apart(): readonly ComposeShape[] {
    const quick = this.#shapes.filter(({ form }) => !this.#slow.has(form));
    const shapes = quick.length > 0 ? quick : this.#shapes;
    const fenced = shapes.filter(({ form }) => form === "fenced");
    return (fenced.length > 0 ? fenced : shapes).slice(0, 1);
  }

  /**
   * The server refused a statement of the strategy's: the template's fault, or one row's, whose
   * value a cast or a function does not take. The template's if the database does not even plan it,
   * or if no key can be read.
   */
  async #findAtFault(
    conditions: readonly Condition[],
    maxBytes: number,
    error: unknown,
  ): Promise<readonly KeyReading[]> {
    const [shape] = this.#apart();
    const isAccepted = shape === undefined ? false : await this.#isAccepted(conditions, shape);
    if (shape === undefined || isAccepted === false) return blockedBy(conditions, error);
    if (conditions.length === 1) {
      // Nothing else was read with it, so it stays in doubt; where the database cannot be asked, it
      // is the template.
      return isAccepted ? failedBy(conditions, error).map(doubted) : blockedBy(conditions, error);
    }
    this.#patience = 8 + 2 * Math.ceil(Math.log2(conditions.length));
    const half = Math.ceil(maxBytes / 2);
    // Where the database cannot be asked, a half that reads shows as much; if none does, it is the template.
    const readings = await inHalves(conditions, (part) => this.#part(part, shape, half, isAccepted === true));
    // What is deferred had rows, too: more of them than there was room for.
    if (!readings.some(({ result }) => result === "rows" || result === "deferred")) {
      // What ended the search says more than what began it: the database may be away by now.
      const end = readings.find((reading) => reading.result === "blocked" && reading.failure.kind !== "cancelled");
      if (end !== undefined) return conditions.map(() => end);
      // Where others were read before, these may all be at fault; where none ever was, it is the template.
      const isProven = isAccepted === true && this.#parts.plans.hasRead(this.#strategy);
      return isProven ? readings.map(doubted) : blockedBy(conditions, error);
    }
    const known = isAccepted ? readings : await this.#mend(conditions, readings, shape, maxBytes);
    return known.map(charged);
  }

  /** A part of the conditions; if `deeply`, what of it fails is divided further. */
  async #part(
    conditions: readonly Condition[],
    shape: ComposeShape,
    maxBytes: number,
    deeply: boolean,
  ): Promise<readonly KeyReading[]> {
    try {
      const readings = await this.#readSet(conditions, shape, maxBytes);
      this.#patience = Number.POSITIVE_INFINITY;
      return readings;
    } catch (error) {
      if (isByteLimit(error)) return firstHalf(conditions, (half) => this.#part(half, shape, maxBytes, deeply));
      if (!isStatementFault(error) && !isKeyFault(error)) return blockedBy(conditions, error);
      this.#patience -= 1;
      if (!deeply || conditions.length === 1) return failedBy(conditions, error);
      // Not looked at one by one: they go back as they are.
      if (this.#patience < 0) return blockedBy(conditions, error).map(givenUp);
      return inHalves(conditions, (half) => this.#part(half, shape, Math.ceil(maxBytes / 2), deeply));
    }
  }

  /** One half read: what failed with the other is found key by key. */
  async #mend(
    conditions: readonly Condition[],
    readings: readonly KeyReading[],
    shape: ComposeShape,
    maxBytes: number,
  ): Promise<readonly KeyReading[]> {
    const failed = conditions.filter((_, index) => readings[index]?.result === "failed");
    if (failed.length <= 1) return readings;
    const half = Math.ceil(maxBytes / 2);
    const mended = await inHalves(failed, (part) => this.#part(part, shape, half, true));
    let next = 0;
    return readings.map((reading) => {
      if (reading.result !== "failed") return reading;
      next += 1;
      return mended[next - 1] ?? reading;
    });
  }

  /** `undefined`: the database cannot be asked. */
  async #isAccepted(conditions: readonly Condition[], shape: ComposeShape): Promise<boolean | undefined> {
    try {
      return await this.#parts.plans.isAccepted(this.#strategy, conditions, shape, this.#signal);
    } catch {
      return false;
    }
  }

  async #readSet(
    conditions: readonly Condition[],
    shape: ComposeShape,
    maxBytes: number,
  ): Promise<readonly KeyReading[]> {
    const { composer, runnerOf, plans } = this.#parts;
    const strategy = this.#strategy;
    const composed = composer.compose(strategy, conditions, shape);
    // One row more than a single key may have tells "too many" from "just enough".
    const perKey = strategy.rows === "one" ? 2 : strategy.maxRows;
    const limits = {
      timeoutMs: strategy.queryTimeoutMs,
      maxRows:
        composed.mode === "each" ? perKey : Math.min(conditions.length * perKey, Math.max(perKey, mostRowsPerRead)),
      maxBytes,
      numbers: strategy.numbers,
    };
    let began = performance.now();
    const results = await runnerOf(strategy).run(composed.statements, limits, this.#signal, () => {
      began = performance.now();
    });
    if (shape.form !== undefined) plans.read(strategy, shape.form, conditions.length, performance.now() - began);
    try {
      const rows = documentsOf(strategy, composed, results, conditions.length);
      return conditions.map((condition, index) => readingOf(strategy, condition, rows[index] ?? []));
    } catch (error) {
      // The server answered, and what it answered makes no documents: no half and no other form would.
      return blockedBy(conditions, error);
    }
  }
}

/** Rows that one read may hold in memory, whatever the number of keys. */
const mostRowsPerRead = 20_000;

/** At least two conditions: one half after the other. */
async function inHalves(
  conditions: readonly Condition[],
  read: (half: readonly Condition[]) => Promise<readonly KeyReading[]>,
): Promise<readonly KeyReading[]> {
  const middle = Math.ceil(conditions.length / 2);
  const first = await read(conditions.slice(0, middle));
  return [...first, ...(await read(conditions.slice(middle)))];
}

/**
 * Too much for one read: the second half is left for another time, since both together would be as
 * much as before.
 */
async function firstHalf(
  conditions: readonly Condition[],
  read: (half: readonly Condition[]) => Promise<readonly KeyReading[]>,
): Promise<readonly KeyReading[]> {
  if (conditions.length === 1) return [deferred];
  const middle = Math.ceil(conditions.length / 2);
  const first = await read(conditions.slice(0, middle));
  return [...first, ...conditions.slice(middle).map(() => deferred)];
}
