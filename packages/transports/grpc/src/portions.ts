import { setImmediate as nextTurn } from "node:timers/promises";

/** Work in steps, of which each is short. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

// Long enough that the pauses cost nothing, short enough for every heartbeat and timer.
const turnMs = 10;

/** Other work of the process goes on between the steps, whatever the whole takes. */
export async function inPortions<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const until = performance.now() + turnMs;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await nextTurn();
  }
}
