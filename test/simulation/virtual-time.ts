import { vi } from "vitest";
import type { Random } from "../../packages/testkit/src/history/random.ts";

const realImmediate = setImmediate;

export interface VirtualTime {
  /** Fires one timer after the other until `done`. Returns false when the virtual time limit comes first, or no timer is left. */
  runUntil(done: () => boolean, limitMs: number): Promise<boolean>;
  readonly steps: () => number;
  /** Rejects nothing and resolves after this much virtual time. */
  sleep(ms: number): Promise<void>;
  end(): void;
}

/** Replaces every clock, timer and source of chance that the engine uses by ones that a seed decides. */
export function virtualTime(random: Random): VirtualTime {
  vi.useFakeTimers({
    now: 1_700_000_000_000,
    toFake: [
      "setTimeout",
      "clearTimeout",
      "setInterval",
      "clearInterval",
      "setImmediate",
      "clearImmediate",
      "Date",
      "performance",
    ],
  });
  const chance = vi.spyOn(Math, "random").mockImplementation(() => random.next());
  // Node's own deadline runs on a real timer, which no fake clock moves.
  const deadline = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("deadline", "TimeoutError")), ms).unref();
    return controller.signal;
  });
  let steps = 0;
  return {
    runUntil: async (done, limitMs) => {
      const limit = Date.now() + limitMs;
      await settleMicrotasks();
      while (!done()) {
        if (Date.now() > limit || vi.getTimerCount() === 0) return false;
        vi.advanceTimersToNextTimer();
        steps += 1;
        await settleMicrotasks();
      }
      return true;
    },
    steps: () => steps,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    end: () => {
      vi.clearAllTimers();
      chance.mockRestore();
      deadline.mockRestore();
      vi.useRealTimers();
    },
  };
}

/** A real turn of the event loop: all promises that can go on have gone on before it comes. */
function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}
