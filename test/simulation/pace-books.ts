import type { Outcome, SyncCall } from "@syncline/core/spi";
import { type SimulatedWorker, wasWell } from "./simulated-worker.ts";
import { definitionOf } from "./strategies.ts";
import type { Trace } from "./trace.ts";
import { depotLimits, tuning } from "./tuning.ts";

/** A call that its deadline ended: the engine may find that its items are to blame, and not the downstream. */
export const deadlineCode = "simulated.deadline";

/** One worker's way to one strategy's downstream. */
interface LaneBook {
  readonly downstream: DownstreamBook;
  /**
   * Failures since a good answer: all, and those of keys that had never failed before, which count
   * in any case.
   */
  failures: number;
  outageInARow: number;
  readonly failedBefore: Set<string>;
  /** The last good answer since its strategy was taken up. */
  passedAt: number | undefined;
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

/** One worker's way to one downstream. */
interface DownstreamBook {
  readonly lanes: Set<LaneBook>;
  readonly inFlight: Set<PacedCall>;
}

export interface PacedCall {
  readonly lane: LaneBook;
  readonly isProbe: boolean;
  readonly begunAt: number;
}

/** What in a row is an outage for certain, if each is another key's. */
const outages: ReadonlyMap<string, number> = new Map([
  ["unavailable", tuning.breakerFailures],
  ["unauthorized", tuning.breakerFailures],
  ["misconfigured", tuning.breakerFailures],
  ["transient", 3],
]);

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
  readonly #downstreams = new Map<string, DownstreamBook>();

  constructor(trace: Trace, now: () => number) {
    this.#trace = trace;
    this.#now = now;
  }

  begin(worker: SimulatedWorker, call: SyncCall): PacedCall {
    const now = this.#now();
    const lane = this.#lane(worker, call.strategy);
    const { downstream } = lane;
    const { downstream: name, rate, concurrency = 1, batch = 1 } = definitionOf(call.strategy);
    const isProbe = lane.reason !== "";
    const paced: PacedCall = { lane, isProbe, begunAt: now };
    const where = `${worker.name} ${call.strategy}`;
    const isNew = worker.reloadedAt + reloadMs > now;
    if (isNew || lane.openedAt < worker.reloadedAt) this.#forget(lane, rate?.burst ?? 1);
    else {
      if (now < lane.shutUntil || now < lane.askedUntil)
        this.#trace.violate(`called while the lane was shut (${lane.reason}): ${where}`);
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
    paced.lane.downstream.inFlight.delete(paced);
    if (paced.isProbe) paced.lane.probes -= 1;
  }

  /**
   * The worker is told this outcome now.
   *
   * @returns whether a `transient` failure of it must count: an item's own, and no part of an
   * outage that may have begun.
   */
  answered(worker: SimulatedWorker, call: SyncCall, { lane, begunAt }: PacedCall, outcome: Outcome): boolean {
    const now = this.#now();
    // What the strategy's former version is told, the new one finds out for itself.
    if (begunAt < worker.reloadedAt) return this.#unclear(lane, call);
    if (outcome.status === "unsendable") {
      lane.unsent += 1;
      return false;
    }
    const isNonsense = outcome.status === "partial" && outcome.failures.some(({ index }) => index >= call.items.length);
    if (isNonsense) return this.#unclear(lane, call);
    if (outcome.status !== "failed") {
      this.#pass(lane);
      return false;
    }
    const { kind, code } = outcome.failure;
    const retryAfterMs = Math.min(outcome.failure.retryAfterMs ?? 0, tuning.maxRetryAfterMs);
    if (code === deadlineCode) return this.#unclear(lane, call);
    if (kind === "rejected" || kind === "too-large") this.#pass(lane);
    else if (kind === "throttled") {
      const forMs = retryAfterMs > 0 ? retryAfterMs : tuning.throttleMs * least;
      this.#shut(lane, kind, forMs);
      if (retryAfterMs > 0) lane.askedUntil = Math.max(lane.askedUntil, now + retryAfterMs - rounding);
    } else return this.#failed(worker, lane, call, kind, kind === "unavailable" ? retryAfterMs : 0);
    return false;
  }

  /** It failed, and the worker may make of it what it wants. */
  unclear(call: SyncCall, { lane }: PacedCall): void {
    this.#unclear(lane, call);
  }

  #unclear(lane: LaneBook, call: SyncCall): false {
    lane.failures += 1;
    for (const { key } of call.items) lane.failedBefore.add(JSON.stringify(key));
    return false;
  }

  #failed(worker: SimulatedWorker, lane: LaneBook, call: SyncCall, kind: string, retryAfterMs: number): boolean {
    const [key] = call.items.map((item) => JSON.stringify(item.key));
    const isAlone = call.items.length === 1 && key !== undefined;
    const isCalm = lane.failures === 0 && lane.passedAt !== undefined && wasWell(worker, lane.passedAt, this.#now());
    const most = outages.get(kind);
    // What was cancelled says nothing of the downstream.
    if (most === undefined) return this.#unclear(lane, call);
    if (isAlone && !lane.failedBefore.has(key)) lane.outageInARow += 1;
    this.#unclear(lane, call);
    if (lane.outageInARow >= most) this.#shut(lane, kind, Math.max(tuning.breakerOpenMs * least, retryAfterMs));
    return isAlone && isCalm;
  }

  #shut(lane: LaneBook, reason: string, forMs: number): void {
    lane.shutUntil = Math.max(lane.shutUntil, this.#now() + forMs - rounding);
    lane.reason = reason;
  }

  #pass(lane: LaneBook): void {
    lane.passedAt = this.#now();
    this.#open(lane);
    // Credentials are taken again, whoever's call showed it.
    for (const other of lane.downstream.lanes) {
      if (other.reason !== "unauthorized" || other === lane) continue;
      // That lane itself was answered well by nobody: its failures go on being in a row.
      const { failures } = other;
      this.#open(other);
      other.failures = failures;
    }
  }

  #open(lane: LaneBook): void {
    lane.failures = 0;
    lane.outageInARow = 0;
    lane.shutUntil = 0;
    lane.reason = "";
    lane.probes = 0;
  }

  #forget(lane: LaneBook, burst: number): void {
    this.#open(lane);
    lane.passedAt = undefined;
    lane.askedUntil = 0;
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
    const downstream = this.#downstream(worker, definitionOf(strategy).downstream);
    const lane: LaneBook = {
      downstream,
      failures: 0,
      outageInARow: 0,
      failedBefore: new Set(),
      passedAt: undefined,
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
    downstream.lanes.add(lane);
    return lane;
  }

  #downstream(worker: SimulatedWorker, name: string): DownstreamBook {
    const place = `${worker.name} @${name}`;
    const found = this.#downstreams.get(place) ?? { lanes: new Set(), inFlight: new Set() };
    this.#downstreams.set(place, found);
    return found;
  }
}
