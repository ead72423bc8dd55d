import { type Delivery, isOver } from "../lane/delivery.ts";
import { TurnQueue } from "../lane/turn-queue.ts";
import { type KeyReading, unanswered } from "./key-reading.ts";
import type { ReadBudget } from "./read-budget.ts";
import { type Portion, ReadPortion } from "./read-portion.ts";

/** One read, under way or about to be. */
export interface Read extends Portion {
  /** Canonical, at least one. */
  readonly texts: readonly string[];
  /** One large item, beside the lane's share of the buffer. */
  readonly isAlone: boolean;
  /** Whom it is for, key by key; `undefined` while their leases are still being written. */
  readonly deliveries: readonly Delivery[] | undefined;
}

/** What a read brought. `deferred` readings are not among them: those are read again, in smaller sets. */
export interface ReadResult {
  readonly read: Read;
  readonly readings: readonly (readonly [Delivery, Exclude<KeyReading, { readonly result: "deferred" }>])[];
  /** Larger than one item may be. */
  readonly tooLarge: readonly Delivery[];
}

/** A read that has begun before its claims came. */
interface EarlyRead {
  readonly read: Read;
  /** Of the lease that the claims will have. */
  readonly token: string;
  /** By key: the place among the readings. */
  readonly places: ReadonlyMap<string, number>;
  readings: readonly KeyReading[] | undefined;
}

export interface ReadQueueParts {
  readonly budget: ReadBudget;
  /** Keys per read. */
  readonly readLimit: number;
  /** Whether the delivery's lease is long enough to go on with it; if not, it is lost now. */
  readonly isHeld: (delivery: Delivery) => boolean;
  /** Called once another lane has given the turn for large items back. */
  readonly resume: () => void;
}

/**
 * Which deliveries are read next. They are read as sets, one at a time, and no more of them than
 * the lane's share of the worker's memory holds. What is larger than that waits for its turn, and
 * is read alone beside the others. No I/O: it says what to read and is told what came.
 */
export class ReadQueue {
  readonly #parts: ReadQueueParts;
  readonly #portion: ReadPortion;
  readonly #waiting = new TurnQueue();
  #large: Delivery[] = [];
  /** The set that is being read. */
  #set: Read | undefined;
  #alone: Read | undefined;
  #early: EarlyRead | undefined;
  /** An early read whose claims have come, and that is still under way. */
  #adopted: EarlyRead | undefined;
  /** For whom the worker's one turn to hold a large item is taken. */
  #turn: Delivery | undefined;
  #hasFreedTurn = false;
  /** Whether the last lease that was asked for came. */
  #isLeased = false;

  constructor(parts: ReadQueueParts) {
    this.#parts = parts;
    this.#portion = new ReadPortion(parts.budget, parts.readLimit);
  }

  /** Deliveries that wait for a read, or for its end. */
  get size(): number {
    const reading = (this.#set?.deliveries?.length ?? 0) + (this.#alone === undefined ? 0 : 1);
    return this.#waiting.size + this.#large.length + reading;
  }

  /**
   * Reads keys whose leases are being written, while they are: their changes are committed, so that
   * what is read now has them, and nothing is sent before the lease is there. Only where nothing
   * else is to be read, and where leases come.
   */
  readEarly(keys: readonly string[], token: string): Read | undefined {
    const inVain = this.#early !== undefined;
    this.#early = undefined;
    if (inVain) this.#isLeased = false;
    if (!this.#isLeased || this.#set !== undefined || this.#waiting.size > 0) return undefined;
    const portion = this.#portion.next();
    if (portion === undefined || portion.keys < keys.length) return undefined;
    const read = { ...portion, keys: keys.length, texts: keys, isAlone: false, deliveries: undefined };
    const places = new Map(keys.map((key, index) => [key, index]));
    this.#early = { read, token, places, readings: undefined };
    return read;
  }

  /** Returns what an early read has brought for them already. */
  add(deliveries: readonly Delivery[]): ReadResult | undefined {
    this.#waiting.add(deliveries);
    this.#isLeased = true;
    const early = this.#early;
    this.#early = undefined;
    if (early === undefined || this.#set !== undefined || !this.#isAllOf(early)) return undefined;
    return this.#adopt(early);
  }

  /** What is to be read now; `read` answers each, in any order. */
  next(): readonly Read[] {
    const reads: Read[] = [];
    const set = this.#nextSet();
    if (set !== undefined) reads.push(set);
    const alone = this.#nextAlone();
    if (alone !== undefined) reads.push(alone);
    return reads;
  }

  /** @returns `undefined` for a read that nobody waits for. */
  read(read: Read, readings: readonly KeyReading[]): ReadResult | undefined {
    if (read === this.#early?.read) {
      this.#early.readings = readings;
      return undefined;
    }
    if (read === this.#adopted?.read) {
      const { places } = this.#adopted;
      this.#adopted = undefined;
      return this.#finishSet(readingsOf(places, this.#set?.deliveries ?? [], readings));
    }
    if (read === this.#alone) return this.#finishAlone(read, readings[0]);
    return read === this.#set ? this.#finishSet(readings) : undefined;
  }

  /**
   * Content has come in, and is held until its delivery ends. What was read alone holds the
   * worker's turn instead.
   */
  hold(delivery: Delivery, bytes: number): void {
    if (delivery === this.#turn) return;
    delivery.bufferedBytes = bytes;
    this.#portion.hold(bytes);
  }

  /** Deliveries of a set have brought so much. */
  brought(count: number, bytes: number): void {
    if (count > 0) this.#portion.brought(count, bytes);
  }

  /** A delivery has ended. */
  ended(delivery: Delivery): void {
    this.#portion.release(delivery.bufferedBytes);
    delivery.bufferedBytes = 0;
    // While it is being read, what comes is in memory all the same.
    if (delivery === this.#turn && this.#alone === undefined) this.#endTurn();
  }

  /** Whether others may read a large item that could not before; asked once after each step. */
  takeFreedTurn(): boolean {
    const hasFreed = this.#hasFreedTurn;
    this.#hasFreedTurn = false;
    return hasFreed;
  }

  /** Leaves out what is over. */
  prune(): void {
    this.#waiting.prune();
    this.#large = this.#large.filter((each) => !isOver(each));
  }

  /** What has not been read, taken out. */
  drain(): readonly Delivery[] {
    const all = [...this.#waiting.drain(), ...this.#large];
    this.#large = [];
    return all;
  }

  #isAllOf({ token, places }: EarlyRead): boolean {
    return this.#waiting.every(({ claim }) => claim.token === token && places.has(claim.key));
  }

  #adopt(early: EarlyRead): ReadResult | undefined {
    const deliveries = this.#take(this.#waiting.size);
    if (deliveries.length === 0) return undefined;
    this.#set = { ...early.read, deliveries };
    if (early.readings !== undefined) return this.#finishSet(readingsOf(early.places, deliveries, early.readings));
    this.#adopted = early;
    return undefined;
  }

  #nextSet(): Read | undefined {
    while (this.#set === undefined && this.#waiting.size > 0) {
      const portion = this.#portion.next();
      if (portion === undefined) return undefined;
      const deliveries = this.#take(portion.keys);
      if (deliveries.length === 0) continue;
      const texts = deliveries.map(({ claim }) => claim.key);
      this.#set = { ...portion, keys: deliveries.length, texts, isAlone: false, deliveries };
      return this.#set;
    }
    return undefined;
  }

  #nextAlone(): Read | undefined {
    const { budget, resume } = this.#parts;
    if (this.#turn !== undefined || this.#large.length === 0 || !budget.takeTurn(resume)) return undefined;
    const delivery = this.#firstHeld();
    this.#turn = delivery;
    if (delivery === undefined) {
      this.#endTurn();
      return undefined;
    }
    delivery.state = "reading";
    const { maxItemBytes: maxBytes } = budget;
    this.#alone = { keys: 1, maxBytes, texts: [delivery.claim.key], isAlone: true, deliveries: [delivery] };
    return this.#alone;
  }

  #firstHeld(): Delivery | undefined {
    for (let next = this.#large.shift(); next !== undefined; next = this.#large.shift()) {
      if (this.#parts.isHeld(next)) return next;
    }
    return undefined;
  }

  #endTurn(): void {
    this.#turn = undefined;
    this.#hasFreedTurn = true;
    this.#parts.budget.endTurn();
  }

  #take(count: number): readonly Delivery[] {
    const taken = this.#waiting.take(count).filter((each) => this.#parts.isHeld(each));
    for (const delivery of taken) delivery.state = "reading";
    return taken;
  }

  #finishSet(readings: readonly (KeyReading | undefined)[]): ReadResult | undefined {
    const read = this.#set;
    this.#set = undefined;
    if (read?.deliveries === undefined) return undefined;
    const known: [Delivery, Exclude<KeyReading, { readonly result: "deferred" }>][] = [];
    const deferred: Delivery[] = [];
    read.deliveries.forEach((delivery, index) => {
      if (isOver(delivery)) return;
      const reading = readings[index] ?? unanswered;
      if (reading.result === "deferred") deferred.push(delivery);
      else known.push([delivery, reading]);
    });
    if (deferred.length > 0) this.#defer(read, deferred);
    return { read, readings: known, tooLarge: [] };
  }

  #finishAlone(read: Read, reading: KeyReading = unanswered): ReadResult | undefined {
    this.#alone = undefined;
    const delivery = read.deliveries?.[0];
    if (delivery === undefined) return undefined;
    if (isOver(delivery)) {
      this.#endTurn();
      return undefined;
    }
    return reading.result === "deferred"
      ? { read, readings: [], tooLarge: [delivery] }
      : { read, readings: [[delivery, reading]], tooLarge: [] };
  }

  #defer(read: Read, deliveries: readonly Delivery[]): void {
    this.#portion.overflowed(read);
    for (const delivery of deliveries) delivery.state = "leased";
    if (read.keys === 1) this.#large.push(...deliveries);
    else this.#waiting.putBack(deliveries);
  }
}

function readingsOf(
  places: ReadonlyMap<string, number>,
  deliveries: readonly Delivery[],
  readings: readonly KeyReading[],
): readonly (KeyReading | undefined)[] {
  return deliveries.map(({ claim }) => readings[places.get(claim.key) ?? -1]);
}
