import type { SyncItem } from "../contracts/sync-invoker.ts";
import type { Effect } from "../model/outcome.ts";
import type { Verdict } from "./failure.ts";
import type { ReadWait } from "./told-wait.ts";

/** What a code means by the protocol itself. */
export interface CodeMeaning {
  readonly verdict: Verdict;
  readonly effect: Effect;
  readonly retryAfterMs?: number;
}

/** What judging an answer by rules needs to know of the call. */
export interface Judging {
  /** What failures' codes begin with: `http`. */
  readonly transport: string;
  readonly items: readonly SyncItem[];
  /** Makes text from outside fit for a message: no secrets, one line, cut. */
  readonly clean: (text: string) => string;
  /**
   * What a text of the answer asks to wait, in milliseconds, and what the protocol itself asks for of
   * a call that is throttled.
   */
  readonly readWait?: ReadWait;
  readonly askedMs?: () => number | undefined;
  /**
   * What an item's code means by the protocol itself, where no rule says so. `retryAfter`: what its entry asks
   * for, as it is written.
   */
  readonly meaningOf?: (code: string, retryAfter: string | undefined) => CodeMeaning | undefined;
}
