import type { Poller } from "../../contracts/poller.ts";
import type { Settlement } from "../../model/delivery.ts";
import type { Failure } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { Trouble } from "../call/circuit-breaker.ts";
import type { EventHub } from "../events.ts";

export interface ParentWatchParts {
  readonly poller: Poller;
  readonly strategy: (name: string) => Strategy | undefined;
  readonly events: EventHub;
  /** Some are due now. */
  readonly wake: () => void;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
}

/** Of one strategy, some of whose items wait for what they point to. */
interface Wait {
  readonly strategy: Strategy;
  readonly since: number;
  /** The same, epoch milliseconds. */
  readonly sinceEpoch: number;
  failure: Failure;
  /** Unless one more comes back by then, none waits any more. */
  until: number;
  isTold: boolean;
  wokenAt: number;
  timer: NodeJS.Timeout | undefined;
}

/** In ordinary work a child is a moment ahead of its parent: that is no trouble. */
const troubleMs = 60_000;
/** An item may be read, and wait for its turn, before it comes back. */
const marginMs = 30_000;
const mostWoken = 1_000;

/**
 * Wakes items that wait for what they point to (`dependency`) once the same downstream has accepted
 * something of another category. The longer some have waited, the seldomer: what points to something
 * that never comes must not be tried again with each call that others pass.
 */
export class ParentWatch {
  readonly #parts: ParentWatchParts;
  readonly #waits = new Map<string, Wait>();
  readonly #stopping = new AbortController();

  constructor(parts: ParentWatchParts) {
    this.#parts = parts;
  }

  /** Hot path: while nothing waits, nothing is looked at. */
  settled(settlement: Settlement): void {
    if (settlement.result === "accepted") {
      if (this.#waits.size > 0) this.#accepted(settlement.claim.strategy);
    } else if (settlement.result === "released" && settlement.failure?.kind === "dependency") {
      this.#waitsFor(settlement.claim.strategy, settlement.failure, settlement.delayMs);
    }
  }

  /** Strategies some of whose items have waited for long. */
  get troubles(): readonly ({ readonly name: string } & Trouble)[] {
    const now = this.#parts.now();
    return [...this.#waits.values()].flatMap(({ strategy: { name }, failure, since, sinceEpoch, until }) =>
      now < until && now - since >= troubleMs ? [{ name, failure, since: sinceEpoch }] : [],
    );
  }

  stop(): void {
    this.#stopping.abort(new Error("stopped"));
    for (const { timer } of this.#waits.values()) clearTimeout(timer);
    this.#waits.clear();
  }

  #waitsFor(name: string, failure: Failure, delayMs: number): void {
    const strategy = this.#parts.strategy(name);
    if (strategy === undefined || this.#stopping.signal.aborted) return;
    const now = this.#parts.now();
    const wait = this.#standing(name, now) ?? {
      ...{ strategy, failure, since: now, sinceEpoch: Date.now(), until: 0, isTold: false },
      ...{ wokenAt: Number.NEGATIVE_INFINITY, timer: undefined },
    };
    this.#waits.set(name, wait);
    wait.failure = failure;
    wait.until = Math.max(wait.until, now + 2 * delayMs + marginMs);
    if (wait.isTold || now - wait.since < troubleMs) return;
    wait.isTold = true;
    this.#parts.events.emit("dependencyMissing", { strategy: name, failure, forMs: now - wait.since });
  }

  #standing(name: string, now: number): Wait | undefined {
    const wait = this.#waits.get(name);
    if (wait === undefined || now < wait.until) return wait;
    clearTimeout(wait.timer);
    this.#waits.delete(name);
    return undefined;
  }

  #accepted(name: string): void {
    const parent = this.#parts.strategy(name);
    // A shadow has sent nothing.
    if (parent === undefined || parent.mode === "shadow") return;
    const now = this.#parts.now();
    for (const [child, { strategy }] of this.#waits) {
      const isOther = strategy.category.name !== parent.category.name && strategy.downstream === parent.downstream;
      const wait = isOther ? this.#standing(child, now) : undefined;
      if (wait !== undefined && wait.timer === undefined) this.#wakeIn(wait, now);
    }
  }

  #wakeIn(wait: Wait, now: number): void {
    const { initialMs, maxMs } = wait.strategy.retry;
    const everyMs = Math.min(maxMs, Math.max(initialMs / 8, (now - wait.since) / 8));
    const inMs = Math.max(0, wait.wokenAt + everyMs - now);
    wait.timer = setTimeout(() => void this.#hasten(wait), inMs).unref();
  }

  async #hasten(wait: Wait): Promise<void> {
    const { poller, wake, now, events } = this.#parts;
    wait.wokenAt = now();
    try {
      const count = await poller.hasten?.(wait.strategy.name, mostWoken, this.#stopping.signal);
      if ((count ?? 0) > 0) wake();
    } catch (error) {
      if (!this.#stopping.signal.aborted) events.emit("error", { during: "hasten", error });
    }
    wait.timer = undefined;
  }
}
