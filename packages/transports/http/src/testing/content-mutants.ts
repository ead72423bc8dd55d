import type { SyncCall } from "@syncline/core/spi";
import { http } from "../http.ts";
import { accepted, invoking, type Mutant, sending } from "./mutant.ts";

export const contentMutants: readonly Mutant[] = [
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
    name: "sends another key",
    create: sending((call) => ({ ...call, items: call.items.map((item) => ({ ...item, key: { orderId: "0" } })) })),
    caughtBy: "a single item's key and revision arrive",
  },
  {
    name: "sends the first item's revision with all",
    create: sending((call) => {
      const revision = call.items[0]?.revision ?? "";
      return { ...call, items: call.items.map((item) => ({ ...item, revision })) };
    }),
    caughtBy: "each item of a list brings its own revision",
  },
  {
    name: "sends a delete as an upsert",
    create: sending((call) => ({ ...call, operation: "upsert" })),
    caughtBy: "a delete arrives as one",
  },
  {
    name: "sends deletes one by one",
    create: invoking((invoke) => async (call, context) => {
      if (call.operation === "upsert") return invoke(call, context);
      const outcomes = call.items.map((item) => invoke({ ...call, items: [item] }, context));
      return (await Promise.all(outcomes)).find(({ status }) => status !== "accepted") ?? accepted;
    }),
    caughtBy: "a list of deletes arrives as one call of deletes",
  },
  {
    name: "escapes what is beyond ASCII in a list",
    create: sending((call) => {
      if (!call.batched) return call;
      return { ...call, items: call.items.map((item) => ({ ...item, json: item.json.replace(/[^\0-\x7f]/g, "?") })) };
    }),
    caughtBy: "values arrive as they are in a list",
  },
  {
    name: "keeps the call that it is at in one place for all",
    create: invoking((invoke) => {
      let current: SyncCall | undefined;
      return async (call, context) => {
        current = call;
        await Promise.resolve();
        return invoke(current, context);
      };
    }),
    caughtBy: "of a hundred calls at once each arrives once, as itself",
  },
];
