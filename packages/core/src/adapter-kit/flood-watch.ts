import type { RecordedChange } from "../model/change.ts";

/**
 * Changes of one category, or of the backfill of one strategy, that are more than a dispatch takes.
 * Of each the oldest go first, so that the order of a key is the order of recording.
 */
export interface Flood {
  /** `undefined`: of a backfill. */
  readonly category: string | undefined;
  /** Whose backfill it is; `undefined`: of all strategies of the category. */
  readonly strategy: string | undefined;
  /** Its changes up to this id are taken. */
  readonly after: bigint;
  /** Of what the others leave of the dispatch: all floods together 1. */
  readonly share: number;
}

/** How the changes of the next dispatch are chosen while there are floods. */
export interface FloodTake {
  readonly floods: readonly Flood[];
  /** What is of no flood: after this id, and at most so many. */
  readonly others: { readonly after: bigint; readonly count: number };
  /**
   * Each part looks at so many ids at most, from its own place or from the oldest change on: those
   * that it is not for are read in vain.
   */
  readonly span: bigint;
}

/** What a take came to, and among what. */
export interface TakenAmong {
  readonly changes: readonly RecordedChange[];
  /** The lowest and the highest id that the take saw, of whatever kind. */
  readonly oldest: bigint;
  readonly newest: bigint;
  readonly tookMs: number;
}

/** A hundred thousand rows that are read in vain take 28 to 45 ms under load. */
const span = 100_000n;
/** So many of the newest ids are looked at again: ids are not commit order. */
const overlap = 500n;
/** More are no flood: one is left to the oldest changes of whatever kind. */
export const mostFloods = 8;
/** A change for all strategies that is live goes before one of a backfill, which still gets on. */
const liveWeight = 7;
/**
 * What was committed later than the overlap covers is found from the beginning, for a fiftieth of
 * the time.
 */
const share = 50;
const minRestartMs = 250;

interface Watched {
  readonly isBackfill: boolean;
  readonly name: string;
  after: bigint;
}

/**
 * Keeps a flood from making everybody wait: while a few categories, or backfills, have more changes
 * than a dispatch takes, each has a place of its own in the change table, and so has the rest.
 *
 * It needs no index and no column, and costs nothing while there is no flood. What it knows are
 * hints: another worker may have taken what it looks for, and what it has gone past is found from
 * the beginning some time later.
 */
export class FloodWatch {
  readonly #floods = new Map<string, Watched>();
  readonly #now: () => number;
  #othersAfter = 0n;
  #restartAt = 0;
  /** How long the takes since the last restart took, until the end of the table was reached. */
  #scanMs: number | undefined;

  /** @param now monotonic, milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `undefined`: no flood is known, and the oldest changes go first. */
  next(limit: number): FloodTake | undefined {
    if (this.#floods.size === 0) return undefined;
    if (this.#now() >= this.#restartAt) this.#restart();
    const floods = [...this.#floods.values()];
    const weightOf = ({ isBackfill }: Watched) => (isBackfill ? 1 : liveWeight);
    const weights = floods.reduce((sum, flood) => sum + weightOf(flood), 0);
    return {
      floods: floods.map((flood) => ({
        category: flood.isBackfill ? undefined : flood.name,
        strategy: flood.isBackfill ? flood.name : undefined,
        after: flood.after,
        share: weightOf(flood) / weights,
      })),
      others: { after: this.#othersAfter, count: Math.floor(limit / 2) },
      span,
    };
  }

  /**
   * Not called where what was taken was put back.
   *
   * @param take as `next` said; `undefined`: the oldest changes were taken.
   */
  took(limit: number, take: FloodTake | undefined, taken: TakenAmong): void {
    if (take !== undefined) this.#tookFrom(limit, take, taken);
    else if (taken.changes.length >= limit) {
      this.#find(taken.changes);
      this.#restart();
    }
  }

  #tookFrom(limit: number, take: FloodTake, taken: TakenAmong): void {
    const { changes, oldest, newest } = taken;
    const seenTo = (after: bigint) => (after > oldest ? after : oldest) + take.span;
    const byKind = kindsOf(changes);
    const passed: RecordedChange[] = changes.filter((change) => !this.#floods.has(kindOf(change)));
    const left = limit - passed.length;
    for (const { category, strategy, after, share: part } of take.floods) {
      const kind = category === undefined ? backfillOf(strategy ?? "") : category;
      const flood = this.#floods.get(kind);
      if (flood === undefined) continue;
      const own = byKind.get(kind);
      // What the shares come to is rounded up, and cut where it is more than is left.
      if (own !== undefined && own.count > left * part - take.floods.length) flood.after = own.last;
      else if (seenTo(after) < newest) flood.after = seenTo(after);
      else this.#floods.delete(kind);
    }
    // Late ones of what is no flood any more are among the others now.
    if (this.#floods.size < take.floods.length) this.#restart();
    else this.#passed(passed, take.others.count, seenTo(take.others.after), taken);
  }

  #passed(passed: readonly RecordedChange[], count: number, seenTo: bigint, { newest, tookMs }: TakenAmong): void {
    if (this.#scanMs !== undefined) this.#scanMs += tookMs;
    const last = passed.at(-1);
    if (last !== undefined && passed.length >= count) {
      this.#othersAfter = BigInt(last.id);
      this.#find(passed);
    } else if (seenTo < newest) this.#othersAfter = seenTo;
    else {
      const end = newest - overlap;
      if (end > this.#othersAfter) this.#othersAfter = end;
      if (this.#scanMs !== undefined) this.#restartAt = this.#now() + Math.max(minRestartMs, this.#scanMs * share);
      this.#scanMs = undefined;
    }
  }

  /** Whatever has more than half of an even share. */
  #find(changes: readonly RecordedChange[]): void {
    const kinds = [...kindsOf(changes)].sort(([, one], [, other]) => other.count - one.count);
    const least = changes.length / (2 * kinds.length);
    for (const [kind, { count, isBackfill, name }] of kinds) {
      if (this.#floods.size >= mostFloods || count < least) return;
      this.#floods.set(kind, { isBackfill, name, after: 0n });
    }
  }

  /** From the beginning, which is where the oldest change is. */
  #restart(): void {
    for (const flood of this.#floods.values()) flood.after = 0n;
    this.#othersAfter = 0n;
    this.#restartAt = Number.POSITIVE_INFINITY;
    this.#scanMs = 0;
  }
}

interface Kind {
  readonly isBackfill: boolean;
  readonly name: string;
  count: number;
  last: bigint;
}

/** In the order of ids. */
function kindsOf(changes: readonly RecordedChange[]): ReadonlyMap<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const change of changes) {
    const { id, category, strategy } = change;
    const known = kinds.get(kindOf(change));
    if (known === undefined)
      kinds.set(kindOf(change), {
        isBackfill: strategy !== null,
        name: strategy ?? category,
        count: 1,
        last: BigInt(id),
      });
    else {
      known.count += 1;
      known.last = BigInt(id);
    }
  }
  return kinds;
}

function kindOf({ category, strategy }: RecordedChange): string {
  return strategy === null ? category : backfillOf(strategy);
}

/** No category has such a name. */
function backfillOf(strategy: string): string {
  return `\n${strategy}`;
}
