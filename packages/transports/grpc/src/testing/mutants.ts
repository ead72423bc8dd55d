import type { Failure, InvokeContext, Outcome, SyncCall, SyncInvoker, Transport } from "@syncline/core/spi";
import { grpc } from "../grpc.ts";
import { inboxProto } from "./inbox-server.ts";

export interface InboxAddress {
  readonly address: string;
  readonly secret: string;
}

/** A gRPC transport that is broken on purpose, and the check that is meant to catch it. */
export interface Mutant {
  readonly name: string;
  readonly create: (inbox: InboxAddress) => Transport;
  readonly caughtBy: string;
}

type Invoke = (call: SyncCall, context: InvokeContext) => Promise<Outcome>;

const never: AbortSignal = new AbortController().signal;
const accepted: Outcome = { status: "accepted" };

export function healthy({ address, secret }: InboxAddress): Transport {
  return grpc({ address, plaintext: true, schema: { proto: inboxProto }, auth: { bearer: secret } });
}

function invoking(change: (invoke: Invoke, inbox: InboxAddress) => Invoke): Mutant["create"] {
  return (inbox) => {
    const transport = healthy(inbox);
    const open: Transport["open"] = (context) => {
      const inner = transport.open(context);
      const invoke = change((call, given) => inner.invoke(call, given), inbox);
      const changed: SyncInvoker = { invoke, close: async () => inner.close?.() };
      return changed;
    };
    return { ...transport, open };
  };
}

function failing(change: (failure: Failure, inbox: InboxAddress) => Failure): Mutant["create"] {
  return invoking((invoke, inbox) => async (call, context) => {
    const outcome = await invoke(call, context);
    return outcome.status === "failed" ? { ...outcome, failure: change(outcome.failure, inbox) } : outcome;
  });
}

export const mutants: readonly Mutant[] = [
  {
    name: "tries again by itself, as gRPC's own retries would",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "failed" && outcome.failure.kind === "transient" ? invoke(call, context) : outcome;
    }),
    caughtBy: "a call refused as transient has failed as transient, effect maybe, after one attempt",
  },
  {
    name: "ignores the deadline",
    create: invoking((invoke) => (call, context) => {
      return invoke(call, { ...context, signal: never, deadline: Date.now() + 20_000 });
    }),
    caughtBy: "a call without an answer ends soon after its deadline, and gives its connection up",
  },
  {
    name: "swallows a partial answer",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "partial" ? accepted : outcome;
    }),
    caughtBy: "a list taken but for some items names just these",
  },
  {
    name: "says that nothing happened where the answer was lost",
    create: failing((failure) => ({ ...failure, effect: "no" })),
    caughtBy: "a connection cut instead of an answer may have acted, after one attempt",
  },
  {
    name: "leaks the token",
    create: failing((failure, { secret }) => ({
      ...failure,
      message: `${failure.message} (authorization: ${secret})`,
    })),
    caughtBy: "no secret is in an outcome or a log line, even when the downstream repeats it",
  },
  {
    name: "sends a list as many calls",
    create: invoking((invoke) => async (call, context) => {
      const outcomes: Outcome[] = [];
      for (const item of call.items) outcomes.push(await invoke({ ...call, items: [item] }, context));
      return outcomes.find(({ status }) => status !== "accepted") ?? accepted;
    }),
    caughtBy: "a list arrives as one call with its items in order",
  },
  {
    name: "forgets RetryInfo",
    create: failing(({ kind, code, message, effect }) => ({ kind, code, message, effect })),
    caughtBy: "a throttled call says for how long, after one attempt",
  },
  {
    name: "sends what does not fit as null",
    create: invoking((invoke) => (call, context) => {
      return invoke({ ...call, items: call.items.map((item) => ({ ...item, body: null })) }, context);
    }),
    caughtBy: "values arrive as they are",
  },
  {
    name: "takes UNIMPLEMENTED for wrong content",
    create: failing((failure) => (failure.kind === "misconfigured" ? { ...failure, kind: "rejected" } : failure)),
    caughtBy: "a call refused as misconfigured has failed as misconfigured, effect no, after one attempt",
  },
];
