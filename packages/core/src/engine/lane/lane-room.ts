import type { Demand } from "../../model/delivery.ts";
import type { Strategy } from "../../model/strategy.ts";
import type { LaneBreaker } from "../call/lane-breaker.ts";
import type { WindowGate } from "../poll/window-gate.ts";
import type { Tuning } from "../tuning.ts";
import { LaneWindow } from "./lane-window.ts";

/** How much more a lane takes: by its window, its circuit, and the times at which it may send. */
export class LaneRoom {
  readonly #strategy: Strategy;
  readonly #window: LaneWindow;
  readonly #breaker: LaneBreaker;
  readonly #gates: readonly WindowGate[];
  #liveInHand = 0;

  constructor(strategy: Strategy, tuning: Tuning, breaker: LaneBreaker, gates: readonly WindowGate[]) {
    this.#strategy = strategy;
    this.#window = new LaneWindow(strategy, tuning);
    this.#breaker = breaker;
    this.#gates = gates;
  }

  /** How many may be in hand. */
  get window(): number {
    return this.#window.size;
  }

  /** When its windows open, epoch milliseconds: `undefined` while they are. */
  get opensAt(): number | undefined {
    let latest: number | undefined;
    for (const { opensAt } of this.#gates) {
      if (opensAt !== undefined && (latest === undefined || opensAt > latest)) latest = opensAt;
    }
    return latest;
  }

  all(inHand: number): number {
    const circuit = this.#breaker.state;
    if (circuit === "open" || this.opensAt !== undefined) return 0;
    if (circuit === "half-open") return inHand === 0 ? this.#breaker.probeSize(this.#strategy.batch) : 0;
    const left = this.#window.size - inHand;
    // Beyond the window there are only live changes: the backlog keeps its half.
    return left >= 0 ? left : Math.max(0, Math.ceil(this.#window.size / 2) - this.#backlog(inHand));
  }

  /** For live changes as they are written. */
  live(inHand: number): number {
    if (this.#breaker.state !== "closed" || this.opensAt !== undefined) return this.all(inHand);
    const besideBacklog = this.#backlog(inHand) > 0 ? this.#window.live - this.#liveInHand : 0;
    return Math.max(0, this.#window.size - inHand, besideBacklog);
  }

  demand(inHand: number): Demand | undefined {
    const count = this.all(inHand);
    const { size } = this.#window;
    const isWorthwhile = count > 0 && (inHand === 0 || count >= size / (inHand > size ? 4 : 2));
    return isWorthwhile ? { strategy: this.#strategy.name, count, strict: !this.#strategy.coalesce } : undefined;
  }

  /**
   * Claims came.
   *
   * @param inHand without them.
   * @param live how many of them are live changes: all or none.
   */
  filled(inHand: number, now: number, live: number): void {
    // A live change now and then beside a backlog says nothing of how soon that is sent.
    if (live === 0 || this.#backlog(inHand) === 0) this.#window.filled(now);
    this.#liveInHand += live;
  }

  liveEnded(): void {
    this.#liveInHand -= 1;
  }

  /** More was to be had than there was room for. */
  widen(inHand: number): void {
    this.#window.widen(inHand);
  }

  narrow(): void {
    this.#window.narrow();
  }

  #backlog(inHand: number): number {
    return inHand - this.#liveInHand;
  }
}
