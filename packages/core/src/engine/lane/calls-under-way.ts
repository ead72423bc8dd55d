import type { SyncCall } from "../../contracts/sync-invoker.ts";
import { Bag } from "../../model/bag.ts";
import type { Strategy } from "../../model/strategy.ts";
import { composeCall } from "../call/compose-call.ts";
import type { Downstream } from "../call/downstream.ts";
import { RateLimiter } from "../call/rate-limiter.ts";
import type { Delivery } from "./delivery.ts";
import type { Call } from "./lane-steps.ts";

export interface CallsUnderWayParts {
  readonly strategy: Strategy;
  readonly downstream: Downstream;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** Called when the downstream may have room again. */
  readonly resume: () => void;
  /** How long before its lease ends a call must have ended, in milliseconds. */
  readonly marginMs: number;
}

class CallUnderWay implements Call {
  readonly deliveries: readonly Delivery[];
  readonly request: SyncCall;
  readonly timeoutMs: number;
  readonly passesBefore: number;
  attempt: Call["attempt"] = undefined;
  watched: Call["watched"] = undefined;
  place = -1;

  constructor(deliveries: readonly Delivery[], request: SyncCall, timeoutMs: number, passesBefore: number) {
    this.deliveries = deliveries;
    this.request = request;
    this.timeoutMs = timeoutMs;
    this.passesBefore = passesBefore;
  }
}

/** A lane's calls from their start to their end, and when the next one may start. */
export class CallsUnderWay {
  readonly #parts: CallsUnderWayParts;
  readonly #calls = new Bag<Call>();
  readonly #limiter: RateLimiter | undefined;
  #deliveries = 0;

  constructor(parts: CallsUnderWayParts) {
    this.#parts = parts;
    const { rate } = parts.strategy;
    this.#limiter = rate === undefined ? undefined : new RateLimiter(rate, parts.now());
  }

  get size(): number {
    return this.#calls.size;
  }

  /** How many deliveries they carry. */
  get deliveries(): number {
    return this.#deliveries;
  }

  items(): readonly Call[] {
    return this.#calls.items();
  }

  /** Milliseconds until the rates let a call start; `undefined`: `resume` will tell. */
  waitMs(): number | undefined {
    const { downstream, now, resume } = this.#parts;
    const at = now();
    const downstreamMs = downstream.waitMs(at, resume);
    return downstreamMs === undefined ? undefined : Math.max(downstreamMs, this.#limiter?.waitMs(at) ?? 0);
  }

  /** @param passesBefore how many calls of the lane have been answered well by now. */
  start(deliveries: readonly Delivery[], passesBefore: number): Call {
    const { strategy, downstream, now, marginMs } = this.#parts;
    let leaseUntil = Number.POSITIVE_INFINITY;
    for (const delivery of deliveries) {
      delivery.state = "sending";
      leaseUntil = Math.min(leaseUntil, delivery.leaseUntil);
    }
    this.#limiter?.take();
    downstream.begin();
    const timeoutMs = Math.max(1, Math.min(strategy.timeoutMs, leaseUntil - now() - marginMs));
    const call = new CallUnderWay(deliveries, composeCall(strategy, deliveries), timeoutMs, passesBefore);
    this.#calls.add(call);
    this.#deliveries += deliveries.length;
    return call;
  }

  /**
   * @param isUnsent nothing went out: the rates have one more.
   * @returns whether it was under way.
   */
  end(call: Call, isUnsent: boolean): boolean {
    if (!this.#calls.delete(call)) return false;
    this.#deliveries -= call.deliveries.length;
    if (isUnsent) this.#limiter?.giveBack();
    this.#parts.downstream.end(isUnsent);
    return true;
  }
}
