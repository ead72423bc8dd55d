import type { Poller } from "../../contracts/poller.ts";
import type { Claim } from "../../model/delivery.ts";

/** A claim in hand. */
export interface Work {
  readonly claim: Claim;
  /** On the worker's monotonic clock: from here on the lease may be somebody else's. */
  expiresAt: number;
  /** The lease is known or must be presumed to be lost. */
  lost: boolean;
  /** Ends the call that carries this work, if one does. */
  abort: ((reason: string) => void) | undefined;
  /** Called once, when the work has ended in whatever way: what was kept for it can go. */
  onEnd?: () => void;
}

export interface LeaseKeeperParts {
  readonly poller: Poller;
  readonly leaseMs: number;
  readonly now: () => number;
  /** @param isUntouched no call carries it, and as far as is known nobody else has leased it: it can be put back. */
  readonly onLost: (work: Work, isUntouched: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps the leases of all work in hand. What cannot be renewed is lost when it would expire: its call is aborted
 * before anybody else may start one.
 */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #inHand = new Set<Work>();
  #timer: NodeJS.Timeout | undefined;
  #renewing = false;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#inHand.size;
  }

  /** @param claimedAt the monotonic time before the claiming statement was sent: the database's clock read later than that. */
  take(claim: Claim, claimedAt: number): Work {
    const work: Work = { claim, expiresAt: claimedAt + this.#parts.leaseMs, lost: false, abort: undefined };
    this.#inHand.add(work);
    this.#timer ??= setInterval(() => void this.#beat(), this.#parts.leaseMs / 6).unref();
    return work;
  }

  drop(work: Work): void {
    if (this.#inHand.delete(work)) work.onEnd?.();
  }

  /** Whether the lease surely holds for `aheadMs` more. */
  holds(work: Work, aheadMs: number): boolean {
    if (!work.lost && this.#parts.now() + aheadMs >= work.expiresAt) this.#lose(work);
    return !work.lost;
  }

  /** Milliseconds until this monotonic time. */
  remainingMs(expiresAt: number): number {
    return expiresAt - this.#parts.now();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #beat(): Promise<void> {
    const { leaseMs, now, poller } = this.#parts;
    const at = now();
    const aging: Work[] = [];
    for (const work of this.#inHand) {
      if (at >= work.expiresAt) this.#lose(work);
      else if (work.expiresAt - at < (leaseMs * 2) / 3) aging.push(work);
    }
    if (aging.length === 0 || this.#renewing) return;
    this.#renewing = true;
    try {
      const held = new Set(
        await poller.renew(
          aging.map((work) => work.claim),
          leaseMs,
        ),
      );
      for (const work of aging) {
        if (held.has(work.claim.id)) work.expiresAt = at + leaseMs;
        else if (this.#inHand.has(work)) this.#lose(work, "taken");
      }
    } catch (error) {
      this.#parts.onError(error);
    } finally {
      this.#renewing = false;
    }
  }

  #lose(work: Work, how: "taken" | "late" = "late"): void {
    if (work.lost) return;
    const isUntouched = how === "late" && work.abort === undefined;
    work.lost = true;
    this.#inHand.delete(work);
    work.abort?.("lease lost");
    this.#parts.onLost(work, isUntouched);
    work.onEnd?.();
  }
}
