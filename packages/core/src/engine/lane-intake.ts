import type { Settlement } from "../model/delivery.ts";
import type { Failure } from "../model/outcome.ts";
import type { Strategy } from "../model/strategy.ts";
import { settleFailure } from "./disposition.ts";
import type { EventHub } from "./events.ts";
import type { LeaseKeeper, Work } from "./leases.ts";
import { type Parcel, packDelete, packRows } from "./parcel.ts";
import { type KeyReading, type ReaderParts, readKeys } from "./reader.ts";
import { marginMs, type Tuning } from "./tuning.ts";

export interface IntakeParts {
  readonly strategy: Strategy;
  readonly reader: ReaderParts;
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

/** Claims on their way to being parcels: read as sets, one read at a time. */
export class LaneIntake {
  readonly #parts: IntakeParts;
  readonly #sink: IntakeSink;
  readonly #stop = new AbortController();
  #unread: Work[] = [];
  #reading: readonly Work[] = [];

  constructor(parts: IntakeParts, sink: IntakeSink) {
    this.#parts = parts;
    this.#sink = sink;
  }

  get size(): number {
    return this.#unread.length + this.#reading.length;
  }

  add(work: readonly Work[]): void {
    const { maxAttempts } = this.#parts.strategy.retry;
    for (const each of work) {
      if (each.claim.attempts < maxAttempts) this.#unread.push(each);
      else this.#fail(each, lapsedFailure);
    }
    this.#next();
  }

  forget(work: Work): void {
    this.#unread = this.#unread.filter((each) => each !== work);
  }

  /** Gives up what has not been read. */
  drain(): readonly Work[] {
    const work = this.#unread;
    this.#unread = [];
    return work;
  }

  /** Gives up what has not been read, and ends the read under way. */
  close(): readonly Work[] {
    this.#stop.abort(new Error("stopped"));
    return this.drain();
  }

  #next(): void {
    if (this.#reading.length > 0) return;
    const batch = this.#unread.splice(0, this.#parts.tuning.readLimit);
    const work = batch.filter((each) => this.#parts.leases.holds(each, marginMs(this.#parts.tuning)));
    if (work.length === 0) return;
    this.#reading = work;
    void this.#read(work);
  }

  async #read(work: readonly Work[]): Promise<void> {
    const { reader, strategy } = this.#parts;
    const keys = work.map((each) => each.claim.key);
    let readings: readonly KeyReading[];
    try {
      readings = await readKeys(reader, strategy, keys, this.#stop.signal);
    } catch (error) {
      // Only a bug of our own gets here: readKeys turns what can be expected into readings.
      this.#parts.events.emit("error", { during: `read ${strategy.name}`, error });
      const failure: Failure = { kind: "misconfigured", code: "read.threw", message: String(error), effect: "no" };
      readings = keys.map(() => ({ result: "blocked", failure }));
    }
    this.#reading = [];
    this.#next();
    this.#sort(work, readings);
  }

  #sort(work: readonly Work[], readings: readonly KeyReading[]): void {
    const parcels: Parcel[] = [];
    const blocked: Work[] = [];
    const absent: Work[] = [];
    let blockedBy: Failure | undefined;
    work.forEach((each, index) => {
      const reading = readings[index];
      if (reading === undefined || each.lost) return;
      if (reading.result === "blocked") {
        blockedBy = reading.failure;
        blocked.push(each);
      } else if (reading.result === "failed") this.#fail(each, reading.failure);
      else if (reading.rows.length === 0) absent.push(each);
      else this.#pack(parcels, each, () => packRows(this.#parts.strategy, each, reading.rows));
    });
    this.#judgeAbsent(absent, parcels);
    if (blockedBy !== undefined) this.#sink.onBlocked(blocked, blockedBy);
    this.#sink.onParcels(parcels);
  }

  #pack(parcels: Parcel[], work: Work, make: () => Parcel): void {
    try {
      parcels.push(make());
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fail(work, { kind: "rejected", code: "item.unsendable", message, effect: "no" });
    }
  }

  #fail(work: Work, failure: Failure): void {
    const { strategy, random } = this.#parts;
    this.#sink.onSettled(work, settleFailure(strategy, work.claim, failure, 0, random));
  }

  /** An empty read is information: what it means, the strategy says. */
  #judgeAbsent(absent: readonly Work[], parcels: Parcel[]): void {
    if (absent.length === 0) return;
    const { strategy, events } = this.#parts;
    switch (strategy.whenAbsent) {
      case "delete":
        for (const work of absent) parcels.push(packDelete(work));
        return;
      case "skip":
        for (const work of absent) this.#sink.onSettled(work, { result: "accepted", claim: work.claim });
        events.emit("absent", { strategy: strategy.name, keys: absent.map((work) => work.claim.key) });
        return;
      case "dead":
        for (const work of absent) this.#fail(work, absentFailure);
    }
  }
}

const absentFailure: Failure = {
  kind: "rejected",
  code: "query.absent",
  message: `The query yields no row for this key, and the strategy says whenAbsent: "dead".`,
  effect: "no",
};

const lapsedFailure: Failure = {
  kind: "rejected",
  code: "lease.lapsed",
  message: "Its leases lapsed until no attempt was left: whoever worked on it did not come to an end.",
  effect: "maybe",
};
