/** Whose timers these are: a worker's, or the world's (network, databases, downstreams, operators). */
export interface Owner {
  readonly name: string;
  /** Its timers never fire again. */
  dead: boolean;
  /** Its timers wait until it is thawed; the world goes on meanwhile. */
  frozen: boolean;
  /** How wrong its `Date` is; its monotonic clock is always right. */
  clockOffsetMs: number;
  /** Set by the engine and neither fired nor cleared, without deadlines that nobody can clear. */
  readonly timers: Set<VirtualTimer>;
}

/** What `setTimeout` returns under the virtual clock. */
export class VirtualTimer {
  readonly owner: Owner;
  readonly run: () => void;
  readonly everyMs: number | undefined;
  dueAt: number;
  /** Given by the queue: what was set first fires first among those due at the same time. */
  order = 0;
  isOver = false;

  constructor(owner: Owner, run: () => void, dueAt: number, everyMs: number | undefined) {
    this.owner = owner;
    this.run = run;
    this.dueAt = dueAt;
    this.everyMs = everyMs;
  }

  cancel(): void {
    this.isOver = true;
    this.owner.timers.delete(this);
  }

  ref(): this {
    return this;
  }

  /** A single one that keeps no process alive comes to its end unnoticed. */
  unref(): this {
    if (this.everyMs === undefined) this.owner.timers.delete(this);
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

/** A binary heap: the timer that is due first comes out first. */
export class TimerQueue {
  readonly #heap: VirtualTimer[] = [];
  #orders = 0;

  push(timer: VirtualTimer): void {
    timer.order = ++this.#orders;
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = timer;
  }

  /** Without those that were cancelled. */
  pop(): VirtualTimer | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (first !== last) this.#sink(last);
      if (!first.isOver) return first;
    }
  }

  #sink(timer: VirtualTimer): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, timer)) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = timer;
  }
}

function isBefore(one: VirtualTimer, other: VirtualTimer): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.order < other.order);
}
