import type { SyncItem } from "../contracts/sync-invoker.ts";
import type { FailureKind } from "../model/outcome.ts";

/** What judging an answer by rules needs to know of the call. */
export interface Judging {
  /** What failures' codes begin with: `http`. */
  readonly transport: string;
  readonly items: readonly SyncItem[];
  /** Makes text from outside fit for a message: no secrets, one line, cut. */
  readonly clean: (text: string) => string;
  /** What an item's code means by the protocol itself, where no rule says so. */
  readonly kindOfCode?: (code: string) => FailureKind | undefined;
}
