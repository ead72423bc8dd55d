import { type Owner, TimerQueue, VirtualTimer } from "./timer-queue.ts";

export interface VirtualTime {
  /** Milliseconds since the history began, with fractions. */
  now(): number;
  readonly world: Owner;
  owner(name: string): Owner;
  /** Fires one timer after the other until `done`. Returns false when the virtual time limit comes first, or no timer is left. */
  runUntil(done: () => boolean, limitMs: number): Promise<boolean>;
  /** Runs `work` as this owner, and all that follows from it without a timer. */
  as<Result>(owner: Owner, work: () => Result): Promise<{ readonly result: Result }>;
  /** Resolves after this much virtual time, by a timer of this owner's. */
  sleep(ms: number, owner: Owner): Promise<void>;
  thaw(owner: Owner): void;
  readonly steps: () => number;
  end(): void;
}

const startedAt = 1_700_000_000_000;
const limitlessMs = 2 ** 31;

/**
 * Replaces every clock, timer and source of chance that the engine uses by ones that a seed decides. A timer belongs to
 * whoever ran when it was set, so a worker can be frozen or killed with all that it was about to do.
 */
export function virtualTime(chance: () => number): VirtualTime {
  const queue = new TimerQueue();
  const world = newOwner("world");
  const parked: VirtualTimer[] = [];
  let now = 0;
  let steps = 0;
  let current = world;

  const set = (run: () => void, ms: unknown, owner = current, everyMs?: number): VirtualTimer => {
    const delayMs = typeof ms === "number" && ms > 0 ? Math.min(ms, limitlessMs) : 0;
    const timer = new VirtualTimer(owner, run, now + delayMs, everyMs);
    owner.timers.add(timer);
    queue.push(timer);
    return timer;
  };
  const clear = (timer: unknown): void => {
    if (timer instanceof VirtualTimer) timer.cancel();
  };
  const fire = (timer: VirtualTimer): void => {
    if (timer.isOver || timer.owner.dead) return;
    if (timer.owner.frozen) {
      parked.push(timer);
      return;
    }
    if (timer.everyMs === undefined) timer.cancel();
    else {
      timer.dueAt = now + timer.everyMs;
      queue.push(timer);
    }
    current = timer.owner;
    timer.run();
  };

  const restore = replaceGlobals({
    setTimeout: (run: () => void, ms?: number) => set(run, ms === 0 ? 1 : ms),
    setInterval: (run: () => void, ms: number) => set(run, ms, current, Math.max(1, ms)),
    setImmediate: (run: () => void) => set(run, 0),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
    dateNow: () => startedAt + Math.floor(now) + current.clockOffsetMs,
    performanceNow: () => now,
    random: chance,
    abortTimeout: (ms: number) => {
      const controller = new AbortController();
      const timer = set(() => controller.abort(new DOMException("deadline", "TimeoutError")), ms);
      timer.owner.timers.delete(timer);
      return controller.signal;
    },
  });

  return {
    now: () => now,
    world,
    owner: newOwner,
    runUntil: async (done, limitMs) => {
      const limit = now + limitMs;
      await settleMicrotasks();
      while (!done()) {
        const timer = queue.pop();
        if (timer === undefined) return false;
        if (timer.dueAt > limit) {
          queue.push(timer);
          now = limit;
          return false;
        }
        now = Math.max(now, timer.dueAt);
        steps += 1;
        fire(timer);
        await settleMicrotasks();
        current = world;
      }
      return true;
    },
    as: async (owner, work) => {
      current = owner;
      try {
        const result = work();
        await settleMicrotasks();
        return { result };
      } finally {
        current = world;
      }
    },
    sleep: (ms, owner) =>
      new Promise((resolve) => {
        owner.timers.delete(set(resolve, ms, owner));
      }),
    thaw: (owner) => {
      owner.frozen = false;
      for (const timer of parked.splice(0)) {
        if (timer.owner !== owner) parked.push(timer);
        else {
          // Late, and in the order in which they were due.
          timer.dueAt = now;
          queue.push(timer);
        }
      }
    },
    steps: () => steps,
    end: restore,
  };
}

function newOwner(name: string): Owner {
  return { name, dead: false, frozen: false, clockOffsetMs: 0, timers: new Set() };
}

interface Replacements {
  readonly setTimeout: (run: () => void, ms?: number) => VirtualTimer;
  readonly setInterval: (run: () => void, ms: number) => VirtualTimer;
  readonly setImmediate: (run: () => void) => VirtualTimer;
  readonly clearTimeout: (timer: unknown) => void;
  readonly clearInterval: (timer: unknown) => void;
  readonly clearImmediate: (timer: unknown) => void;
  readonly dateNow: () => number;
  readonly performanceNow: () => number;
  readonly random: () => number;
  readonly abortTimeout: (ms: number) => AbortSignal;
}

/** Returns how to put the real ones back. */
function replaceGlobals(by: Replacements): () => void {
  const { dateNow, performanceNow, random, abortTimeout, ...timers } = by;
  const replaced: [object, string, unknown][] = [
    ...Object.entries(timers).map(([name, value]): [object, string, unknown] => [globalThis, name, value]),
    [Date, "now", dateNow],
    [performance, "now", performanceNow],
    [Math, "random", random],
    [AbortSignal, "timeout", abortTimeout],
  ];
  const undo = replaced.map(([target, name, value]) => {
    const before = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
    return () => {
      if (before === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, before);
    };
  });
  return () => {
    for (const each of undo) each();
  };
}

/** Node runs ticks when no promise can go on any more: cheaper than a turn of the event loop, and as thorough. */
function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
