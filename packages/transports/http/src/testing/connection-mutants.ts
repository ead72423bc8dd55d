import type { Outcome } from "@syncline/core/spi";
import { testCall, testItem } from "@syncline/testkit/makers";
import { accepted, failing, invoking, type Mutant, never, opening } from "./mutant.ts";

const probingCall = testCall({
  callId: "probe",
  method: "POST",
  path: "/",
  items: [testItem({ deliveryId: "probe", body: null })],
});

/** A call as somebody would write it who thinks of good answers only: the answer is read to its end. */
function readingToTheEnd(heedsSignal: boolean): Mutant["create"] {
  return invoking((_, { url, secret }) => async (call, { signal }) => {
    const headers = { authorization: `Bearer ${secret}`, "idempotency-key": call.callId };
    const init = { method: "POST", headers, body: "{}", signal: heedsSignal ? signal : never };
    try {
      await (await fetch(url, init)).text();
      return accepted;
    } catch (error) {
      return {
        status: "failed",
        failure: { kind: "transient", code: "net.broken", message: String(error), effect: "no" },
      };
    }
  });
}

export const connectionMutants: readonly Mutant[] = [
  {
    name: "finds all well without a look",
    create: opening((inner) => ({ ...inner, check: async () => undefined })),
    caughtBy: "a probe tells a downstream that is there from one that is not, and calls nothing",
  },
  {
    name: "probes with a call",
    create: opening((inner) => ({
      ...inner,
      check: async (context) => {
        const outcome = await inner.invoke(probingCall, context);
        return outcome.status === "failed" ? outcome.failure : undefined;
      },
    })),
    caughtBy: "a probe tells a downstream that is there from one that is not, and calls nothing",
  },
  {
    name: "describes a call by making it",
    create: opening((inner) => ({
      ...inner,
      describe: (call) => {
        const context = { signal: never, deadline: Date.now() + 60_000, trace: {} };
        inner.invoke(call, context).catch(() => {});
        return {};
      },
    })),
    caughtBy: "a description of a call sends nothing, and is the same each time",
  },
  {
    name: "tries again behind a cut connection",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "failed" && outcome.failure.code.startsWith("net.") ? invoke(call, context) : outcome;
    }),
    caughtBy: "a connection cut instead of an answer may have acted, after one attempt",
  },
  {
    name: "says that nothing happened after sending",
    create: failing((failure) => ({ ...failure, effect: "no" })),
    caughtBy: "a connection cut instead of an answer may have acted, after one attempt",
  },
  {
    name: "believes that a call has arrived whose connection was cut",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "failed" && outcome.failure.code.startsWith("net.") ? accepted : outcome;
    }),
    caughtBy: "a connection cut before the call was received has failed, after one attempt",
  },
  {
    name: "does not know whether it has reached what cannot be reached",
    create: failing((failure) => ({ ...failure, effect: "maybe" })),
    caughtBy: "a downstream that cannot be reached is unavailable, effect no",
  },
  {
    name: "does not try again to reach what could not be reached",
    create: invoking((invoke) => {
      let lost: Outcome | undefined;
      return async (call, context) => {
        const outcome = lost ?? (await invoke(call, context));
        if (outcome.status === "failed" && outcome.failure.kind === "unavailable") lost = outcome;
        return outcome;
      };
    }),
    caughtBy: "after the downstream's restart the same transport reaches it",
  },
  {
    name: "says that nothing happened where an answer breaks off",
    create: readingToTheEnd(true),
    caughtBy: "a connection cut within the answer never says that nothing happened",
  },
  {
    name: "waits for the end of an answer, whatever its deadline",
    create: readingToTheEnd(false),
    caughtBy: "an answer that never comes to its end keeps no call beyond its deadline",
  },
  {
    name: "reads whatever is answered",
    create: readingToTheEnd(true),
    caughtBy: "a giant answer is not read to its end",
  },
  {
    name: "takes an answer that it does not understand for none",
    create: failing((failure) => (failure.code === "net.ECONNREFUSED" ? failure : { ...failure, effect: "no" })),
    caughtBy: "an answer that is not of the protocol may have acted",
  },
];
