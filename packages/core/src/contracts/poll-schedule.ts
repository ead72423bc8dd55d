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
}

/** When to poll. A wake-up always polls now. */
export interface PollSchedule {
  /** Milliseconds until the next round. */
  next(round: PollRound): number;
}
