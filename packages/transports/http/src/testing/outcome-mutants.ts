import type { Outcome } from "@syncline/core/spi";
import { http } from "../http.ts";
import { accepted, failing, invoking, type Mutant } from "./mutant.ts";

export const outcomeMutants: readonly Mutant[] = [
  {
    name: "tries again by itself",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "failed" && outcome.failure.kind === "transient" ? invoke(call, context) : outcome;
    }),
    caughtBy: "a call refused as transient has failed as transient, effect maybe, after one attempt",
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
    name: "forgets the downstream's wish",
    create: failing(({ kind, code, message, effect }) => ({ kind, code, message, effect })),
    caughtBy: "a throttled call says for how long, after one attempt",
  },
  {
    name: "takes no time at all for the downstream's wish",
    create: failing((failure) => (failure.kind === "throttled" ? { retryAfterMs: 0, ...failure } : failure)),
    caughtBy: "a throttled call that may come back at once names no time",
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
    name: "sends everything twice, to be sure",
    create: invoking((invoke) => async (call, context) => {
      await invoke(call, context);
      return invoke(call, context);
    }),
    caughtBy: "a call that is taken is accepted, after one attempt",
  },
  {
    name: "tries again where it was not let in",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      return outcome.status === "failed" && outcome.failure.kind === "unauthorized" ? invoke(call, context) : outcome;
    }),
    caughtBy: "a call refused as unauthorized has failed as unauthorized, effect no, after one attempt",
  },
  {
    name: "goes on with what was refused for good",
    create: ({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, statusKinds: { 422: "transient" } }),
    caughtBy: "a call refused as rejected has failed as rejected, effect no, after one attempt",
  },
  {
    name: "takes a wrong address for wrong content",
    create: ({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, statusKinds: { 404: "rejected" } }),
    caughtBy: "a call refused as misconfigured has failed as misconfigured, effect no, after one attempt",
  },
  {
    name: "takes what is too large for wrong content",
    create: ({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, statusKinds: { 413: "rejected" } }),
    caughtBy: "a call refused as too-large has failed as too-large, effect no, after one attempt",
  },
  {
    name: "blames the call for an outage",
    create: ({ url, secret }) => http({ baseUrl: url, auth: { bearer: secret }, statusKinds: { 503: "transient" } }),
    caughtBy: "a call refused as unavailable has failed as unavailable, effect maybe, after one attempt",
  },
  {
    name: "gives a downstream up for good once it has failed",
    create: invoking((invoke) => {
      let failed: Outcome | undefined;
      return async (call, context) => {
        const outcome = failed ?? (await invoke(call, context));
        if (outcome.status === "failed") failed = outcome;
        return outcome;
      };
    }),
    caughtBy: "a call after a failed one is not touched by it",
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
    name: "sends a list back to front",
    create: invoking((invoke) => (call, context) => invoke({ ...call, items: [...call.items].reverse() }, context)),
    caughtBy: "a list arrives as one call with its items in order",
  },
  {
    name: "sends a list of one as one",
    create: invoking((invoke) => (call, context) => invoke({ ...call, batched: call.items.length > 1 }, context)),
    caughtBy: "a list of one is still a list",
  },
  {
    name: "names each item of a list that was refused as a whole",
    create: invoking((invoke) => async (call, context) => {
      const outcome = await invoke(call, context);
      if (outcome.status !== "failed" || call.items.length === 1) return outcome;
      return { status: "partial", failures: call.items.map((_, index) => ({ index, failure: outcome.failure })) };
    }),
    caughtBy: "a list refused as a whole has failed as a whole",
  },
];
