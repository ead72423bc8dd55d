import type { Condition } from "../../model/condition.ts";
import type { Settlement } from "../../model/delivery.ts";
import { isSynclineError } from "../../model/errors.ts";
import type { Failure } from "../../model/outcome.ts";
import type { Strategy } from "../../model/strategy.ts";
import { type Parcel, packDelete, packRows } from "../call/prepared-item.ts";
import type { EventHub } from "../events.ts";
import { nameAndPlace, wordlessError } from "../guard/wordless-error.ts";
import { settleFailure } from "../settle/disposition.ts";
import type { LeaseKeeper, Work } from "../settle/leases.ts";
import { marginMs, type Tuning } from "../tuning.ts";
import type { KeyReading } from "./key-reading.ts";
import type { ReadBudget } from "./read-budget.ts";
import { type Portion, ReadPortion } from "./read-portion.ts";
import { readKeys } from "./reader.ts";
import type { ReaderParts } from "./set-read.ts";

export interface IntakeParts {
  readonly strategy: Strategy;
  readonly reader: ReaderParts;
  readonly budget: ReadBudget;
  readonly leases: LeaseKeeper;
  readonly tuning: Tuning;
  readonly events: EventHub;
  readonly random: () => number;
}

export interface IntakeSink {
  readonly onParcels: (parcels: readonly Parcel[]) => void;
  readonly onSettled: (work: Work, settlement: Settlement) => void;
  /** None of these can be read now. */
  readonly onBlocked: (work: readonly Work[], failure: Failure) => void;
}

/** A read that has begun before its claims came. */
interface EarlyRead {
  /** Of the lease that the claims will have. */
  readonly token: string;
  readonly portion: Portion;
  /** By key: the place among the readings. */
  readonly places: ReadonlyMap<string, number>;
  readonly readings: Promise<readonly KeyReading[]>;
}

/** A key without rows. */
interface Absent {
  readonly work: Work;
  readonly condition: Condition;
}

/**
 * Claims on their way to being parcels: read as sets, one read at a time, and no more of them than the lane's share of the
 * worker's memory holds. What is larger than that waits for its turn, and is read alone beside the others.
 */
export class LaneIntake {
  readonly #parts: IntakeParts;
  readonly #sink: IntakeSink;
  readonly #portion: ReadPortion;
  readonly #stop = new AbortController();
  #unread: Work[] = [];
  #reading: readonly Work[] = [];
  #large: Work[] = [];
  #readingLarge: Work | undefined;
  #early: EarlyRead | undefined;
  /** Whether the last lease that was asked for came. */
  #isLeased = false;

  constructor(parts: IntakeParts, sink: IntakeSink) {
    this.#parts = parts;
    this.#sink = sink;
    this.#portion = new ReadPortion(parts.budget, parts.tuning.readLimit);
  }

  get size(): number {
    const large = this.#large.length + (this.#readingLarge === undefined ? 0 : 1);
    return this.#unread.length + this.#reading.length + large;
  }

  add(work: readonly Work[]): void {
    const { retry, idempotent } = this.#parts.strategy;
    const sound: Work[] = [];
    for (const each of work) {
      if (each.claim.lapsed && !idempotent) this.#fail(each, unknownEnd);
      else if (each.claim.attempts < retry.maxAttempts) sound.push(each);
      else this.#fail(each, lapsedFailure);
    }
    if (this.#stop.signal.aborted) this.#sink.onBlocked(sound, stoppedFailure);
    else this.#unread.push(...sound);
    this.#isLeased = true;
    const early = this.#early;
    this.#early = undefined;
    if (early === undefined || !this.#takeOver(early)) this.#next();
  }

  /**
   * Reads keys whose leases are being written, while they are: their changes are committed, so that what is read now has
   * them, and nothing is sent before the lease is there. Only where nothing else is to be read, and where leases come.
   */
  readEarly(keys: readonly string[], token: string): void {
    const inVain = this.#early !== undefined;
    this.#early = undefined;
    if (inVain) this.#isLeased = false;
    if (!this.#isLeased || this.#stop.signal.aborted || this.#reading.length > 0 || this.#unread.length > 0) return;
    const portion = this.#portion.next();
    if (portion === undefined || portion.keys < keys.length) return;
    const places = new Map(keys.map((key, index) => [key, index]));
    const readings = this.#readings(keys, portion.maxBytes);
    this.#early = { token, portion: { ...portion, keys: keys.length }, places, readings };
  }

  /** Returns whether what was read early is all that there is to read. */
  #takeOver({ token, portion, places, readings }: EarlyRead): boolean {
    if (this.#reading.length > 0) return false;
    if (!this.#unread.every(({ claim }) => claim.token === token && places.has(claim.key))) return false;
    const work = this.#unread.splice(0).filter((each) => this.#isHeld(each));
    this.#reading = work;
    if (work.length === 0) return true;
    const own = readings.then((all) => work.flatMap(({ claim }) => all[places.get(claim.key) ?? -1] ?? []));
    void this.#sortOut(work, portion, own);
    return true;
  }

  forget(work: Work): void {
    this.#unread = this.#unread.filter((each) => each !== work);
    this.#large = this.#large.filter((each) => each !== work);
  }

  /** Gives up what has not been read. */
  drain(): readonly Work[] {
    const work = [...this.#unread, ...this.#large];
    this.#unread = [];
    this.#large = [];
    return work;
  }

  /** Gives up what has not been read, and ends the read under way. */
  close(): readonly Work[] {
    this.#stop.abort(new Error("stopped"));
    return this.drain();
  }

  #next(): void {
    if (this.#reading.length > 0 || this.#unread.length === 0) return;
    const portion = this.#portion.next();
    if (portion === undefined) return;
    const work = this.#unread.splice(0, portion.keys).filter((each) => this.#isHeld(each));
    this.#reading = work;
    if (work.length === 0) {
      this.#next();
      return;
    }
    const keys = work.map((each) => each.claim.key);
    void this.#sortOut(work, { ...portion, keys: work.length }, this.#readings(keys, portion.maxBytes));
  }

  #isHeld(work: Work): boolean {
    return this.#parts.leases.holds(work, marginMs(this.#parts.tuning));
  }

  async #sortOut(work: readonly Work[], portion: Portion, coming: Promise<readonly KeyReading[]>): Promise<void> {
    const readings = await coming;
    this.#reading = [];
    const deferred = work.filter((each, index) => readings[index]?.result === "deferred" && !each.lost);
    if (deferred.length > 0) this.#defer(deferred, portion);
    const bytes = this.#sort(work, readings, (each, size) => this.#hold(each, size));
    if (work.length > deferred.length) this.#portion.brought(work.length - deferred.length, bytes);
    this.#next();
    this.#nextLarge();
  }

  #defer(work: readonly Work[], portion: Portion): void {
    this.#portion.overflowed(portion);
    if (this.#stop.signal.aborted) this.#sink.onBlocked(work, stoppedFailure);
    else if (portion.keys === 1) this.#large.push(...work);
    else this.#unread.unshift(...work);
  }

  async #readings(keys: readonly string[], maxBytes: number): Promise<readonly KeyReading[]> {
    const { reader, strategy, events } = this.#parts;
    try {
      return await readKeys(reader, strategy, keys, { maxBytes, signal: this.#stop.signal });
    } catch (error) {
      // Only a bug of our own gets here: readKeys turns what can be expected into readings.
      events.emit("error", { during: `read ${strategy.name}`, error: wordlessError(error) });
      const message = `The read threw ${nameAndPlace(error)}.`;
      const failure: Failure = { kind: "misconfigured", code: "read.threw", message, effect: "no" };
      return keys.map(() => ({ result: "blocked", failure }));
    }
  }

  #hold(work: Work, bytes: number): void {
    const release = this.#portion.hold(bytes);
    work.onEnd = () => {
      release();
      this.#next();
    };
  }

  readonly #nextLarge = (): void => {
    const { budget } = this.#parts;
    if (this.#readingLarge !== undefined || this.#large.length === 0) return;
    const giveBack = budget.takeTurn(this.#nextLarge);
    if (giveBack === undefined) return;
    const work = this.#large.splice(0, 1).find((each) => this.#isHeld(each));
    this.#readingLarge = work;
    if (work !== undefined) {
      void this.#readLarge(work, giveBack);
      return;
    }
    giveBack();
    this.#nextLarge();
  };

  async #readLarge(work: Work, giveBack: () => void): Promise<void> {
    const { maxItemBytes } = this.#parts.budget;
    const [reading] = await this.#readings([work.claim.key], maxItemBytes);
    this.#readingLarge = undefined;
    let kept = false;
    if (reading?.result === "deferred") {
      if (!work.lost) this.#fail(work, tooLarge(`Its rows take more than ${maxItemBytes} bytes`));
    } else if (reading !== undefined) {
      this.#sort([work], [reading], () => {
        work.onEnd = giveBack;
        kept = true;
      });
    }
    if (!kept) giveBack();
    this.#nextLarge();
  }

  /** Returns how many bytes of content came out. `keep` is told of each, before the parcels go on. */
  #sort(work: readonly Work[], readings: readonly KeyReading[], keep: (work: Work, bytes: number) => void): number {
    const parcels: Parcel[] = [];
    const blocked: Work[] = [];
    const absent: Absent[] = [];
    let blockedBy: Failure | undefined;
    work.forEach((each, index) => {
      const reading = readings[index];
      if (reading === undefined || each.lost) return;
      if (reading.result === "blocked") {
        blockedBy = reading.failure;
        blocked.push(each);
      } else if (reading.result === "failed") this.#fail(each, reading.failure);
      else if (reading.result === "rows") {
        const { rows, condition } = reading;
        if (rows.length === 0) absent.push({ work: each, condition });
        else this.#pack(parcels, each, () => packRows(this.#parts.strategy, each, condition, rows));
      }
    });
    this.#judgeAbsent(absent, parcels);
    let bytes = 0;
    for (const { work: each, item } of parcels) {
      bytes += item.json.length;
      keep(each, item.json.length);
    }
    if (blockedBy !== undefined) this.#sink.onBlocked(blocked, blockedBy);
    this.#sink.onParcels(parcels);
    return bytes;
  }

  #pack(parcels: Parcel[], work: Work, make: () => Parcel): void {
    const { maxItemBytes } = this.#parts.budget;
    try {
      const parcel = make();
      if (parcel.item.json.length <= maxItemBytes) parcels.push(parcel);
      else this.#fail(work, tooLarge(`Its document has more than ${maxItemBytes} characters`));
    } catch (error) {
      // What `map` throws may quote the row.
      const message = isSynclineError(error)
        ? error.message
        : `No item can be made of its rows: ${nameAndPlace(error)}.`;
      this.#fail(work, { kind: "rejected", code: "item.unsendable", message, effect: "no" });
    }
  }

  #fail(work: Work, failure: Failure): void {
    const { strategy, random } = this.#parts;
    this.#sink.onSettled(work, settleFailure(strategy, work.claim, failure, 0, random));
  }

  /** An empty read is information: what it means, the strategy says. */
  #judgeAbsent(absent: readonly Absent[], parcels: Parcel[]): void {
    if (absent.length === 0) return;
    const { strategy, events } = this.#parts;
    switch (strategy.whenAbsent) {
      case "delete":
        for (const { work, condition } of absent) parcels.push(packDelete(work, condition));
        return;
      case "skip":
        for (const { work } of absent) this.#sink.onSettled(work, { result: "accepted", claim: work.claim });
        events.emit("absent", { strategy: strategy.name, keys: absent.map(({ work }) => work.claim.key) });
        return;
      case "dead":
        for (const { work } of absent) this.#fail(work, absentFailure);
    }
  }
}

function tooLarge(what: string): Failure {
  const message = `${what}, which is the most that one item may have (tuning.maxItemBytes).`;
  return { kind: "too-large", code: "item.too-large", message, effect: "no" };
}

const stoppedFailure: Failure = {
  kind: "cancelled",
  code: "lane.closed",
  message: "The lane closed before this item was read.",
  effect: "no",
};

const absentFailure: Failure = {
  kind: "rejected",
  code: "query.absent",
  message: `The query yields no row for this key, and the strategy says whenAbsent: "dead".`,
  effect: "no",
};

/** Whoever leased it was killed or cut off, perhaps in the middle of its call. */
const unknownEnd: Failure = {
  kind: "transient",
  code: "lease.lapsed",
  message: "Its lease lapsed: it may have been sent, and whoever worked on it did not say how that ended.",
  effect: "maybe",
};

const lapsedFailure: Failure = {
  kind: "rejected",
  code: "lease.lapsed",
  message: "Its leases lapsed until no attempt was left: whoever worked on it did not come to an end.",
  effect: "maybe",
};
