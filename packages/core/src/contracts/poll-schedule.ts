import type { DeliveryWindow } from "../model/delivery-window.ts";

/** What the last round of polling met. */
export interface PollRound {
  /** It found a change or a due delivery. */
  readonly found: boolean;
  /** There was more than it took, or room has come free: poll again at once. */
  readonly more: boolean;
  /** Rounds in a row that found nothing. */
  readonly idleRounds: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /**
   * When the round began: a time that has come since was not polled at. Epoch milliseconds; core
   * always gives it.
   */
  readonly began?: number;
}

/** When to poll. A wake-up always polls now. */
export interface PollSchedule {
  /**
   * A gate for all strategies: while it is closed nothing is claimed, whoever wakes. Changes are
   * dispatched, so that they fold.
   */
  readonly window?: DeliveryWindow;
  /**
   * Milliseconds until the next round, as many as it takes: core waits longer than one timer can.
   */
  next(round: PollRound): number;
}
