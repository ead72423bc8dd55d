import type { ComposeForm } from "../../contracts/query-composer.ts";

/** The database's estimates; `undefined`: it refuses the form. */
export interface FormCosts {
  /** For all keys. */
  readonly joined: number | undefined;
  readonly fenced: number | undefined;
  /** For one key. */
  readonly each: number | undefined;
  /** How many keys the estimates are for. */
  readonly keys: number;
}

/**
 * What a statement more costs beside what it does, in PostgreSQL's units of cost: a round trip
 * takes 0.2 to 1 ms.
 */
const statementCost = 100;
/**
 * A form must promise this much before it is preferred to the one before it. Estimates of a joined
 * set are the best that there are; a fence hides from the planner what is inside it.
 */
const preference: { readonly [Form in ComposeForm]: number } = { joined: 1, fenced: 1.2, each: 2 };
/** A read that takes longer than this makes the next one try another form. */
const slowMs = 1_000;
/** A form that is estimated to be this much dearer is not tried in the place of a slow one. */
const implausible = 20;
/** How long what was measured is believed. */
const measuredForMs = 600_000;
/**
 * Tables grow: plans are compared anew after this long, and sooner where a read takes long enough
 * to be worth it.
 */
const comparedForMs = 600_000;
const comparedForMsWhenSlow = 60_000;
const worthALookMs = 100;

interface Slow {
  readonly ms: number;
  readonly at: number;
}

/**
 * Which form suits one strategy for about as many keys: by estimate, and by measurement where a
 * read was slow.
 */
export class FormChoice {
  readonly #byEstimate: readonly ComposeForm[];
  readonly #implausible: ReadonlySet<ComposeForm>;
  readonly #at: number;
  readonly #slow: Map<ComposeForm, Slow>;
  #lastMs = 0;

  /** @param before the choice in whose place this one comes: what it measured is known. */
  constructor(costs: FormCosts, pinned: ComposeForm | undefined, at: number, before?: FormChoice) {
    const estimates = estimate(costs);
    this.#byEstimate = pinned === undefined ? inOrder(estimates) : [pinned];
    const least = Math.min(...estimates.values());
    this.#implausible = new Set([...estimates].flatMap(([form, cost]) => (cost > least * implausible ? form : [])));
    this.#at = at;
    this.#slow = new Map(
      [...(before === undefined ? [] : before.#slow)].filter(([, slow]) => at - slow.at < measuredForMs),
    );
  }

  /** All that the database accepts, the best first. At least one. */
  forms(): readonly ComposeForm[] {
    if (this.#slow.size === 0) return this.#byEstimate;
    // What was not tried yet may be faster than what was seen to be slow.
    const time = (form: ComposeForm) =>
      this.#slow.get(form)?.ms ?? (this.#implausible.has(form) ? Number.MAX_VALUE : 0);
    return [...this.#byEstimate].sort((one, other) => time(one) - time(other));
  }

  took(form: ComposeForm, ms: number, now: number): void {
    this.#lastMs = ms;
    if (ms < slowMs) this.#slow.delete(form);
    else this.#slow.set(form, { ms, at: now });
  }

  /** The data may have changed since the plans were compared. */
  isOutdated(now: number): boolean {
    return now - this.#at > (this.#lastMs > worthALookMs ? comparedForMsWhenSlow : comparedForMs);
  }
}

/** What reading all keys costs in each form that the database accepts. */
function estimate({ keys, ...costs }: FormCosts): ReadonlyMap<ComposeForm, number> {
  const estimates = new Map<ComposeForm, number>();
  for (const form of Object.keys(preference) as ComposeForm[]) {
    const cost = costs[form];
    if (cost === undefined) continue;
    const whole = form === "each" ? keys * (cost + statementCost) : cost + statementCost;
    estimates.set(form, whole * preference[form]);
  }
  return estimates;
}

function inOrder(estimates: ReadonlyMap<ComposeForm, number>): readonly ComposeForm[] {
  // Where nothing is accepted, the read says why.
  if (estimates.size === 0) return ["joined"];
  return [...estimates].sort(([, one], [, other]) => one - other).map(([form]) => form);
}
