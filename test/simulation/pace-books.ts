import type { Outcome, SyncCall } from "@syncline/core/spi";
import type { SimulatedWorker } from "./simulated-worker.ts";
import { definitionOf } from "./strategies.ts";
import type { Trace } from "./trace.ts";
import { depotLimits, tuning } from "./tuning.ts";

/** A call that its deadline ended: the engine may find that its items are to blame, and not the downstream. */
export const deadlineCode = "simulated.deadline";

/** One worker's way to one strategy's downstream. */
interface LaneBook {
  unavailableInARow: number;
  /** No call before, but for an answer that shows that all is well again. */
  shutUntil: number;
  /** Shut by a wish of the downstream's own, which an answer to an earlier call does not take back. */
  askedUntil: number;
  reason: string;
  /** Calls begun since it was shut: probes. */
  probes: number;
  readonly inFlight: Set<PacedCall>;
  tokens: number;
  tokensAt: number;
  /** Calls that sent nothing: what is left of each may go out at the same price. */
  unsent: number;
  /** When its strategy was last taken up anew, with a gate and tokens of its own. */
  openedAt: number;
}

export interface PacedCall {
  readonly lane: LaneBook;
  readonly isProbe: boolean;
  readonly downstream: Set<PacedCall>;
}

/** The least that a gate stays shut: a tenth of jitter either way, and nothing for rounding to whole milliseconds. */
const least = 0.9;
const rounding = 1;
/** Calls of a strategy's former version may still be under way, each for as long as its deadline. */
const reloadMs = 700;

/** Says when a worker calls more often, or sooner, than its strategy and what it was told allow. */
export class PaceBooks {
  readonly #trace: Trace;
  readonly #now: () => number;
  readonly #lanes = new Map<string, LaneBook>();
  readonly #downstreams = new Map<string, { shutUntil: number; readonly inFlight: Set<PacedCall> }>();

  constructor(trace: Trace, now: () => number) {
    this.#trace = trace;
    this.#now = now;
  }

  begin(worker: SimulatedWorker, call: SyncCall): PacedCall {
    const now = this.#now();
    const lane = this.#lane(worker, call.strategy);
    const { downstream: name, rate, concurrency = 1, batch = 1 } = definitionOf(call.strategy);
    const downstream = this.#downstream(worker, name);
    const isProbe = lane.reason !== "";
    const paced: PacedCall = { lane, isProbe, downstream: downstream.inFlight };
    const where = `${worker.name} ${call.strategy}`;
    const isNew = worker.reloadedAt + reloadMs > now;
    if (isNew || lane.openedAt < worker.reloadedAt) this.#forget(lane, rate?.burst ?? 1);
    else {
      if (now < lane.shutUntil || now < lane.askedUntil)
        this.#trace.violate(`called while the lane was shut (${lane.reason}): ${where}`);
      if (now < downstream.shutUntil) this.#trace.violate(`called while the downstream was held: ${where}`);
      if (lane.reason !== "" && lane.probes > 0) this.#trace.violate(`more than one probe (${lane.reason}): ${where}`);
      if (lane.inFlight.size >= concurrency) this.#trace.violate(`more calls than its concurrency: ${where}`);
    }
    if (name === "depot" && downstream.inFlight.size >= depotLimits.concurrency)
      this.#trace.violate(`more calls than the downstream's concurrency: ${where}`);
    if (call.items.length > batch) this.#trace.violate(`more items than its batch: ${where}`);
    if (lane.unsent > 0) lane.unsent -= 1;
    else if (rate !== undefined) this.#spend(lane, rate.perSecond, rate.burst ?? 1, where);
    if (isProbe) lane.probes += 1;
    lane.inFlight.add(paced);
    downstream.inFlight.add(paced);
    return paced;
  }

  /** The worker waits for this call no more. */
  end(paced: PacedCall): void {
    if (!paced.lane.inFlight.delete(paced)) return;
    paced.downstream.delete(paced);
    if (paced.isProbe) paced.lane.probes -= 1;
  }

  /** The worker is told this outcome now. */
  answered(worker: SimulatedWorker, call: SyncCall, paced: PacedCall, outcome: Outcome): void {
    const { lane } = paced;
    const now = this.#now();
    const downstream = this.#downstream(worker, definitionOf(call.strategy).downstream);
    if (outcome.status === "unsendable") {
      lane.unsent += 1;
      return;
    }
    if (outcome.status === "partial" && outcome.failures.some(({ index }) => index >= call.items.length)) return;
    if (outcome.status !== "failed") {
      this.#pass(lane, downstream);
      return;
    }
    const { kind, code } = outcome.failure;
    const retryAfterMs = Math.min(outcome.failure.retryAfterMs ?? 0, tuning.maxRetryAfterMs);
    if (code === deadlineCode) return;
    if (kind === "rejected" || kind === "too-large") this.#pass(lane, downstream);
    else if (kind === "unavailable") {
      lane.unavailableInARow += 1;
      if (lane.unavailableInARow >= tuning.breakerFailures)
        this.#shut(lane, kind, Math.max(tuning.breakerOpenMs * least, retryAfterMs));
    } else if (kind === "throttled") {
      const forMs = retryAfterMs > 0 ? retryAfterMs : tuning.throttleMs * least;
      this.#shut(lane, kind, forMs);
      if (retryAfterMs > 0) lane.askedUntil = Math.max(lane.askedUntil, now + retryAfterMs - rounding);
    } else if (kind === "misconfigured") this.#shut(lane, kind, tuning.misconfiguredProbeMs);
    else if (kind === "unauthorized") downstream.shutUntil = now + tuning.unauthorizedProbeMs - rounding;
  }

  #shut(lane: LaneBook, reason: string, forMs: number): void {
    lane.shutUntil = Math.max(lane.shutUntil, this.#now() + forMs - rounding);
    lane.reason = reason;
  }

  #pass(lane: LaneBook, downstream: { shutUntil: number }): void {
    lane.unavailableInARow = 0;
    lane.shutUntil = 0;
    lane.reason = "";
    lane.probes = 0;
    downstream.shutUntil = 0;
  }

  #forget(lane: LaneBook, burst: number): void {
    lane.unavailableInARow = 0;
    lane.shutUntil = 0;
    lane.askedUntil = 0;
    lane.reason = "";
    lane.probes = 0;
    lane.tokens = burst;
    lane.tokensAt = this.#now();
    lane.openedAt = this.#now();
  }

  #spend(lane: LaneBook, perSecond: number, burst: number, where: string): void {
    const now = this.#now();
    lane.tokens = Math.min(burst, lane.tokens + ((now - lane.tokensAt) * perSecond) / 1_000);
    lane.tokensAt = now;
    if (lane.tokens < 0.99) this.#trace.violate(`more calls than its rate: ${where}`);
    lane.tokens -= 1;
  }

  #lane(worker: SimulatedWorker, strategy: string): LaneBook {
    const name = `${worker.name} ${strategy}`;
    const found = this.#lanes.get(name);
    if (found !== undefined) return found;
    const lane: LaneBook = {
      unavailableInARow: 0,
      shutUntil: 0,
      askedUntil: 0,
      reason: "",
      probes: 0,
      inFlight: new Set(),
      tokens: definitionOf(strategy).rate?.burst ?? 1,
      tokensAt: this.#now(),
      unsent: 0,
      openedAt: this.#now(),
    };
    this.#lanes.set(name, lane);
    return lane;
  }

  #downstream(worker: SimulatedWorker, name: string): { shutUntil: number; readonly inFlight: Set<PacedCall> } {
    const place = `${worker.name} @${name}`;
    const found = this.#downstreams.get(place) ?? { shutUntil: 0, inFlight: new Set() };
    this.#downstreams.set(place, found);
    return found;
  }
}
