import type { Pipeline, PipelineStatus } from "@syncline/core";

export interface BacklogOptions {
  /** How old figures may be, in milliseconds. Default 15,000. */
  readonly refreshMs?: number;
  /** How long a scrape waits for the database, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

export type Figures =
  | { readonly isKnown: true; readonly status: PipelineStatus; readonly ageMs: number }
  /** Not asked in time, or in vain. What was known before is not told again as if it were so. */
  | { readonly isKnown: false };

/** The database is asked for a twentieth of the time at most, however much it has to count. */
const restFactor = 20;
const unknown: Figures = { isKnown: false };

/**
 * What waits in the database, asked when somebody wants to know. However many ask, one question at
 * a time is under way, and not more often than `refreshMs`.
 */
export class BacklogFigures {
  readonly #ask: Pipeline["status"];
  readonly #now: () => number;
  readonly #refreshMs: number;
  readonly #timeoutMs: number;
  #known: { readonly status: PipelineStatus; readonly at: number } | undefined;
  #askAgainAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(ask: Pipeline["status"], options: BacklogOptions = {}, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#now = now;
    this.#refreshMs = options.refreshMs ?? 15_000;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
  }

  async read(): Promise<Figures> {
    if (this.#asking === undefined && this.#now() >= this.#askAgainAt) this.#asking = this.#askNow();
    if (this.#asking !== undefined && !(await endsWithin(this.#asking, this.#timeoutMs))) return unknown;
    if (this.#known === undefined) return unknown;
    return { isKnown: true, status: this.#known.status, ageMs: this.#now() - this.#known.at };
  }

  async #askNow(): Promise<void> {
    const began = this.#now();
    try {
      const status = await this.#ask();
      this.#known = { status, at: this.#now() };
    } catch {
      // Health and the log say what is wrong.
      this.#known = undefined;
    } finally {
      const ended = this.#now();
      this.#askAgainAt = ended + Math.max(this.#refreshMs, restFactor * (ended - began));
      this.#asking = undefined;
    }
  }
}

async function endsWithin(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
