import assert from "node:assert/strict";
import type { Failure, InvokeContext, Outcome, SyncCall, SyncInvoker, Transport } from "@syncline/core/spi";
import { type HttpAddress, httpFixture, runCheck, transportChecks } from "@syncline/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { http } from "./http.ts";

const answer = { message: "error" };
const items = { path: "errors", index: "index", code: "code", kind: "rejected" };
const strategies = {
  single: { path: "/orders", options: { envelope: true, answer } },
  batch: { path: "/orders", options: { envelope: true, answer: { ...answer, items } } },
};

function healthy({ url, secret }: HttpAddress): Transport {
  return http({ baseUrl: url, auth: { bearer: secret } });
}

type Invoke = (call: SyncCall, context: InvokeContext) => Promise<Outcome>;

/** The HTTP transport with another way of invoking. */
function invoking(change: (invoke: Invoke, address: HttpAddress) => Invoke) {
  return (address: HttpAddress): Transport =>
    opening((inner) => ({ ...inner, invoke: change(inner.invoke, address) }))(address);
}

function opening(change: (inner: SyncInvoker) => SyncInvoker) {
  return (address: HttpAddress): Transport => {
    const transport = healthy(address);
    return { ...transport, open: (context) => change(bound(transport.open(context))) };
  };
}

function bound(inner: SyncInvoker): SyncInvoker {
  return {
    invoke: (call, context) => inner.invoke(call, context),
    close: async () => inner.close?.(),
  };
}

/** With each failure changed. */
function failing(change: (failure: Failure, address: HttpAddress) => Failure) {
  return invoking((invoke, address) => async (call, context) => {
    const outcome = await invoke(call, context);
    return outcome.status === "failed" ? { ...outcome, failure: change(outcome.failure, address) } : outcome;
  });
}

const accepted: Outcome = { status: "accepted" };
const never = new AbortController().signal;

interface Mutant {
  readonly name: string;
  readonly create: (address: HttpAddress) => Transport;
  readonly caughtBy: string;
}

const mutants: readonly Mutant[] = [
  {
    name: "tries again by itself",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "failed" && outcome.failure.kind === "transient" ? invoke(call, context) : outcome;
    }),
    caughtBy: "a call refused as transient has failed as transient, effect maybe, after one attempt",
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
    name: "swallows a partial failure",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "partial" ? accepted : outcome;
    }),
    caughtBy: "a list taken but for some items names just these",
  },
  {
    name: "counts the items of a partial failure from one",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      if (outcome.status !== "partial") return outcome;
      return { ...outcome, failures: outcome.failures.map((entry) => ({ ...entry, index: entry.index + 1 })) };
    }),
    caughtBy: "a list taken but for some items names just these",
  },
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
    name: "throws on a 500",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      if (outcome.status === "failed" && outcome.failure.code === "http.500") throw new Error("answered 500");
      return outcome;
    }),
    caughtBy: "a call refused as transient has failed as transient, effect maybe, after one attempt",
  },
  {
    name: "follows redirects",
    create: invoking((invoke, { url }) => async (call, context) => {
      const outcome = await invoke(call, context);
      if (outcome.status === "failed" && outcome.failure.code === "http.redirect") await fetch(`${url}/elsewhere`);
      return outcome;
    }),
    caughtBy: "an answer that points elsewhere is misconfigured, and is not followed",
  },
  {
    name: "takes a redirect for success",
    create: ({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, statusKinds: { 302: "accepted" } }),
    caughtBy: "an answer that points elsewhere is misconfigured, and is not followed",
  },
  {
    name: "repeats the token in its message",
    create: failing((failure, { secret }) => ({ ...failure, message: `${failure.message} (sent Bearer ${secret})` })),
    caughtBy: "no secret is in an outcome or a log line, even when the downstream repeats it",
  },
  {
    name: "repeats the token, encoded, when the connection fails",
    create: failing((failure, { secret }) =>
      failure.code.startsWith("net.") ? { ...failure, message: Buffer.from(secret).toString("base64") } : failure,
    ),
    caughtBy: "no secret is in an outcome or a log line when the connection fails",
  },
  {
    name: "logs the token",
    create: (address) => {
      const transport = healthy(address);
      const open: Transport["open"] = (context) => {
        const inner = bound(transport.open(context));
        const invoke: Invoke = (call, given) => {
          context.log.debug({ headers: { authorization: `Bearer ${address.secret}` } }, "sending");
          return inner.invoke(call, given);
        };
        return { ...inner, invoke };
      };
      return { ...transport, open };
    },
    caughtBy: "no secret is in an outcome or a log line, even when the downstream repeats it",
  },
  {
    name: "says that nothing happened after sending",
    create: failing((failure) => ({ ...failure, effect: "no" })),
    caughtBy: "a connection cut instead of an answer may have acted, after one attempt",
  },
  {
    name: "forgets the downstream's wish",
    create: failing(({ kind, code, message, effect }) => ({ kind, code, message, effect })),
    caughtBy: "a throttled call says for how long, after one attempt",
  },
  {
    name: "makes a new idempotency key for each attempt",
    create: invoking((invoke) => (call, context) => {
      return invoke({ ...call, callId: `${call.callId}-${call.attempt}` }, context);
    }),
    caughtBy: "the idempotency key arrives, the same when the same content is sent again",
  },
  {
    name: "drops the idempotency key",
    create: ({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, idempotencyHeader: "x-unheard-of" }),
    caughtBy: "the idempotency key arrives, the same when the same content is sent again",
  },
  {
    name: "rounds revisions",
    create: invoking((invoke) => (call, context) => {
      return invoke(
        { ...call, items: call.items.map((item) => ({ ...item, revision: `${+item.revision}` })) },
        context,
      );
    }),
    caughtBy: "a single item's key and revision arrive",
  },
  {
    name: "drops the trace context",
    create: invoking((invoke) => (call, context) => invoke(call, { ...context, trace: {} })),
    caughtBy: "the trace context arrives, and none where nobody traces",
  },
  {
    name: "trims texts",
    create: invoking((invoke) => (call, context) => {
      const trimmed = call.items.map((item) => ({ ...item, json: item.json.replace(/" +| +"/g, '"') }));
      return invoke({ ...call, items: trimmed }, context);
    }),
    caughtBy: "values arrive as they are",
  },
  {
    name: "changes the call",
    create: invoking((invoke) => (call, context) => {
      Reflect.set(call, "attempt", call.attempt + 1);
      return invoke(call, context);
    }),
    caughtBy: "the call is not changed",
  },
  {
    name: "keeps its sockets after closing",
    create: opening((inner) => ({ ...inner, close: async () => {} })),
    caughtBy: "after closing no socket and no timer is left",
  },
  {
    name: "keeps a timer after closing",
    create: opening((inner) => {
      const timer = setInterval(() => {}, 60_000);
      afterAll(() => clearInterval(timer));
      return inner;
    }),
    caughtBy: "after closing no socket and no timer is left",
  },
  {
    name: "claims to send no lists",
    create: (address) => {
      const transport = healthy(address);
      return { ...transport, capabilities: { ...transport.capabilities, batch: false } };
    },
    caughtBy: "has a name and specVersion 1, and declares the capabilities that are tested",
  },
  {
    name: "throws on a strategy that it does not understand",
    create: (address) => ({
      ...healthy(address),
      checkStrategy: (strategy) => {
        const headers = Object.keys(strategy.options.headers as object);
        return headers.length === 0 ? [] : [{ at: "options.headers", message: "are not supported" }];
      },
    }),
    caughtBy: "strategies made of rubbish get problems, never a throw",
  },
];

const checks = transportChecks(["batch", "perItemOutcome", "delete"]).flatMap((group) => group.checks);

describe("transports broken on purpose", () => {
  let caught = 0;
  afterAll(() =>
    console.log(`transport conformance: ${checks.length} checks; ${caught} of ${mutants.length} mutants caught`),
  );

  it.each(mutants)("one that $name is caught by “$caughtBy”", async ({ create, caughtBy }) => {
    const check = checks.find(({ name }) => name === caughtBy);
    assert.ok(check, `there is no check "${caughtBy}"`);
    await expect(runCheck(check, () => httpFixture(create, strategies))).rejects.toThrow(assert.AssertionError);
    caught += 1;
  });

  it.each([...new Set(mutants.map(({ caughtBy }) => caughtBy))])("a healthy one passes “%s”", async (name) => {
    const check = checks.find((candidate) => candidate.name === name);
    assert.ok(check);
    await runCheck(check, () => httpFixture(healthy, strategies));
  });
});
