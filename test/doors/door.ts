import type { MemoryDatabase } from "@syncline/testkit";
import type { Column, Member } from "./columns.ts";
import type { Options, World } from "./world.ts";

/** Puts the misbehaving member in the place of the sound one. */
export type Misbehave = (sound: Member) => Member;

type Reasons = { readonly [column in Column]?: string };

/** One member of one part that is not ours. */
export interface Door {
  readonly name: string;
  /** Health's part and the contract's member. */
  readonly fault: readonly [part: string, member: string];
  readonly garbage: readonly unknown[];
  /** Synchronous: a promise of any kind is garbage. */
  readonly isSync?: boolean;
  /** The options of a pipeline that has this door. */
  readonly options: (misbehave: Misbehave, sound: Options, database: MemoryDatabase) => Partial<Options>;
  /** Walks through the door, where a change that is delivered does not. */
  readonly use?: (world: World & { readonly misbehave: Misbehave }) => unknown;
  /** Every lane goes through it: what must go on is another pipeline. */
  readonly isShared?: boolean;
  /** What failed is a call of the door's lane: attempts are counted. */
  readonly isCall?: boolean;
  /** A shipped transport tells of it in its own words. Default: it is a fault. */
  readonly isNamed?: (world: World) => unknown;
  /** Columns that are in order at this door, and why. */
  readonly harmless?: Reasons;
  /** Columns that make no sense at this door, and why. */
  readonly senseless?: Reasons;
}
