import type { Outcome, SyncCall } from "@syncline/core/spi";
import { expect } from "vitest";
import { http } from "./http.ts";
import { batch, item } from "./testing/calls.ts";
import { accepted, invoking, type Mutant, sending } from "./testing/mutant.ts";
import { type Promises, promiseSuite } from "./testing/promise-suite.ts";
import type { Received } from "./testing/server.ts";

const listed = (ids: readonly string[], options: object, operation: SyncCall["operation"] = "upsert") =>
  batch(ids, {
    operation,
    options: options as SyncCall["options"],
    items: ids.map((id) => item(id, operation === "delete" ? null : { name: '","admin":"' })),
  });
const answer = {
  items: { path: "list", key: "id", ok: { path: "status", in: [200] }, code: "status", retryAfter: "wait" },
};
const taken = (...ids: readonly string[]) => ids.map((id) => ({ id, status: 200 }));
const bodyOf = ({ text }: Received) => JSON.parse(text) as unknown;

/** What this transport promises of bodies and answers that are data. */
const promises: Promises = {
  "an item that the answer leaves out is not accepted": async ({ send }) => {
    const outcome = await send(listed(["1", "2", "3"], { answer }), 200, { list: taken("3", "1") });
    expect(outcome).toMatchObject({ status: "partial", failures: [{ index: 1 }] });
  },
  "an answer without its list is not accepted": async ({ send }) => {
    for (const body of [{}, [], { list: null }])
      expect((await send(listed(["1"], { answer }), 200, body)).status).toBe("failed");
  },
  "what an entry says is its own item's, in any order": async ({ send }) => {
    const list = [...taken("3"), { id: "1", status: 422 }, ...taken("2")];
    const outcome = await send(listed(["1", "2", "3"], { answer }), 200, { list });
    expect(outcome).toMatchObject({ failures: [{ index: 0, failure: { kind: "rejected" } }] });
  },
  "an item waits as long as its entry asks": async ({ send }) => {
    const list = [{ id: "1", status: 429, wait: "30" }, ...taken("2")];
    const outcome = await send(listed(["1", "2"], { answer }), 200, { list });
    expect(outcome).toMatchObject({ failures: [{ failure: { kind: "throttled", retryAfterMs: 30_000 } }] });
  },
  "a delete whose item is gone is accepted": async ({ send }) => {
    const list = [{ id: "1", status: 404 }, ...taken("2")];
    expect(await send(listed(["1", "2"], { answer }, "delete"), 200, { list })).toEqual(accepted);
  },
  "207 is no success where nothing reads which item failed": async ({ send }) => {
    expect((await send(listed(["1"], {}), 207, {})).status).toBe("failed");
  },
  "values are placed as the JSON that they are": async ({ server, send }) => {
    await send(listed(["1"], { item: { of: "{{document}}" }, body: { all: "{{items}}" } }), 200, {});
    expect(bodyOf(server.last)).toEqual({ all: [{ of: { name: '","admin":"' } }] });
  },
  "a delete has a body of its own": async ({ server, send }) => {
    const own = { method: "POST", path: "/gone", item: "{{key.orderId}}", body: { ids: "{{items}}" } };
    await send(listed(["1", "2"], { item: { of: "{{document}}" }, delete: own }, "delete"), 200, {});
    expect([server.last.url, bodyOf(server.last)]).toEqual(["/gone", { ids: ["1", "2"] }]);
  },
  "an item that cannot be written is not sent, and is named": async ({ server, send }) => {
    const call = listed(["1", "2"], { item: { name: "{{document.other}}" } });
    expect(await send(call, 200, {})).toMatchObject({ status: "unsendable", failures: [{ index: 0 }, { index: 1 }] });
    expect(server.received).toEqual([]);
  },
};

const ofOutcome = (change: (outcome: Outcome, call: SyncCall) => Outcome): Mutant["create"] =>
  invoking((invoke) => async (call, context) => change(await invoke(call, context), call));
const ofFailures = (
  change: (entry: { index: number; failure: { code: string } }, call: SyncCall) => object | undefined,
) =>
  ofOutcome((outcome, call) => {
    if (outcome.status !== "partial") return outcome;
    const failures = outcome.failures.flatMap((entry) => change(entry, call) ?? []);
    return (failures.length === 0 ? accepted : { status: "partial", failures }) as Outcome;
  });

const mutants: readonly Mutant[] = [
  {
    name: "takes what nobody speaks of for accepted",
    create: ofFailures((entry) => (entry.failure.code === "http.item.missing" ? undefined : entry)),
    caughtBy: "an item that the answer leaves out is not accepted",
  },
  {
    name: "takes a list that is not there for an empty one of failures",
    create: ofOutcome((outcome) =>
      outcome.status === "failed" && outcome.failure.code === "http.answer" ? accepted : outcome,
    ),
    caughtBy: "an answer without its list is not accepted",
  },
  {
    name: "takes answers to be in the order of the items",
    create: ofFailures((entry) => ({ ...entry, index: entry.index + 1 })),
    caughtBy: "what an entry says is its own item's, in any order",
  },
  {
    name: "forgets what an item asks for",
    create: ofFailures(({ index, failure: { code } }) => ({
      index,
      failure: { kind: "throttled", code, effect: "no" },
    })),
    caughtBy: "an item waits as long as its entry asks",
  },
  {
    name: "takes what is gone for what is refused",
    create: ofOutcome((outcome, call) => {
      if (call.operation === "upsert" || outcome.status !== "accepted") return outcome;
      const failure = { kind: "misconfigured", code: "http.item.404", message: "gone", effect: "no" } as const;
      return { status: "partial", failures: [{ index: 0, failure }] };
    }),
    caughtBy: "a delete whose item is gone is accepted",
  },
  {
    name: "takes each 2xx for a success",
    create: ({ url }) => http({ baseUrl: url, statusKinds: { 207: "accepted" } }),
    caughtBy: "207 is no success where nothing reads which item failed",
  },
  {
    name: "splices texts",
    create: sending((call) => ({
      ...call,
      items: call.items.map((each) => ({ ...each, json: each.json.replaceAll('\\"', '"') })),
    })),
    caughtBy: "values are placed as the JSON that they are",
  },
  {
    name: "says a delete as it says an upsert",
    create: sending((call) => ({ ...call, operation: "upsert" })),
    caughtBy: "a delete has a body of its own",
  },
  {
    name: "sends what it could write of an item",
    create: sending((call) => ({ ...call, options: {} })),
    caughtBy: "an item that cannot be written is not sent, and is named",
  },
];

promiseSuite(promises, mutants);
