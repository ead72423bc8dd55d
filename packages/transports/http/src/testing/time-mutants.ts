import type { Failure, Outcome } from "@syncline/core/spi";
import { invoking, type Mutant, never } from "./mutant.ts";

const stoppedBefore: Outcome = {
  status: "failed",
  failure: { kind: "cancelled", code: "http.cancelled", message: "given up", effect: "no" },
};

export const timeMutants: readonly Mutant[] = [
  {
    name: "ignores the deadline",
    create: invoking((invoke) => (call, context) => invoke(call, { ...context, signal: never })),
    caughtBy: "a call without an answer ends soon after its deadline, and gives its connection up",
  },
  {
    name: "resolves late after a stop",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      if (context.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 10_000).unref());
      return outcome;
    }),
    caughtBy: "a call that is stopped ends soon as cancelled, and gives its connection up",
  },
  {
    name: "answers the stop, and goes on holding the connection",
    create: invoking((invoke) => (call, context) => {
      const stopped: Failure = { kind: "cancelled", code: "http.cancelled", message: "given up", effect: "maybe" };
      const stop = new Promise<Outcome>((resolve) => {
        context.signal.addEventListener("abort", () => resolve({ status: "failed", failure: stopped }), { once: true });
      });
      return Promise.race([invoke(call, { ...context, signal: never }), stop]);
    }),
    caughtBy: "a call that is stopped ends soon as cancelled, and gives its connection up",
  },
  {
    name: "leaves a listener on the signal",
    create: invoking((invoke) => (call, context) => {
      context.signal.addEventListener("abort", () => {});
      return invoke(call, context);
    }),
    caughtBy: "no call leaves a listener on its signal",
  },
  {
    name: "looks at the signal when it has sent",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, { ...context, signal: never });
      return context.signal.aborted ? stoppedBefore : outcome;
    }),
    caughtBy: "a call that was stopped before it began is not sent",
  },
  {
    name: "gives a late call a moment more",
    create: invoking((invoke) => async (call, context) => {
      if (context.deadline > Date.now()) return invoke(call, context);
      await invoke(call, { ...context, signal: AbortSignal.timeout(1_000), deadline: Date.now() + 1_000 });
      return stoppedBefore;
    }),
    caughtBy: "a call whose deadline has passed is not sent",
  },
  {
    name: "stops every call with one",
    create: invoking((invoke) => {
      const all = new AbortController();
      return (call, context) => {
        context.signal.addEventListener("abort", () => all.abort(), { once: true });
        return invoke(call, { ...context, signal: all.signal });
      };
    }),
    caughtBy: "stopping one call leaves the others alone",
  },
];
