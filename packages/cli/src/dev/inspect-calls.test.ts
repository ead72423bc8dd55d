import { type Pipeline, TOKENS } from "@syncline/core";
import type { InvokeContext, Outcome, SyncCall, SyncInvoker } from "@syncline/core/spi";
import { expect, it } from "vitest";
import { describeCall } from "./describe-call.ts";
import { inspectCalls, type SeenCall } from "./inspect-calls.ts";

const call = {
  ...{
    callId: "c",
    strategy: "crm",
    category: "order",
    operation: "upsert",
    path: "/x",
    method: undefined,
    options: {},
  },
  ...{ batched: false, attempt: 2 },
  items: [{ key: { id: "1" }, body: { note: "n" }, json: "" }],
} as unknown as SyncCall;

/** What is seen of a call to this invoker, and whether it was called itself. */
async function inspected(invoker: Partial<SyncInvoker>, isLive = false, outcome: Outcome = { status: "accepted" }) {
  const calls: SeenCall[] = [];
  let wrap: (context: unknown, invoker: SyncInvoker) => SyncInvoker = (_, same) => same;
  const onActivation = (token: symbol, given: typeof wrap) => {
    expect(token).toBe(TOKENS.SyncInvoker);
    wrap = given;
  };
  inspectCalls({ container: { onActivation } } as unknown as Pipeline, isLive, (each) => calls.push(each));
  let wasCalled = false;
  const invoke = async () => {
    wasCalled = true;
    return outcome;
  };
  const wrapped = wrap(undefined, { check: async () => undefined, ...invoker, invoke });
  await wrapped.invoke(call, {} as InvokeContext);
  return { seen: calls[0] as SeenCall, wasCalled, hasCheck: wrapped.check !== undefined };
}

it("asks the transport for nothing but a description, unless calls are to go out", async () => {
  expect(await inspected({})).toMatchObject({ wasCalled: false, hasCheck: false, seen: { outcome: "recorded" } });
  const failure = { kind: "rejected", code: "x.y", message: "no", effect: "no" } as const;
  const live = await inspected({}, true, { status: "failed", failure });
  expect(live).toMatchObject({ wasCalled: true, hasCheck: true, seen: { outcome: { status: "failed" } } });
  expect(describeCall(live.seen, "erp", false)).toMatch(/crm → erp: upsert .*, attempt 2, rejected, x\.y: no/);
});

it("hides headers that a transport tells and that look like secrets", async () => {
  const headers = {
    "x-acme-key": "s",
    Authorization: "s",
    cookie: "s",
    "x-token": "s",
    "idempotency-key": "c",
    accept: "a",
  };
  const { seen } = await inspected({ describe: () => ({ method: "PUT", url: "u", headers, body: "b" }) });
  expect(seen.request.headers).toEqual({
    ...{ "x-acme-key": "(hidden)", Authorization: "(hidden)", cookie: "(hidden)", "x-token": "(hidden)" },
    ...{ "idempotency-key": "c", accept: "a" },
  });
});

it("shows what a transport was given, where it does not describe itself, and cuts what is long", async () => {
  const throwing = () => {
    throw new Error("no");
  };
  const { seen } = await inspected({ describe: throwing });
  expect(seen.request).toEqual({ path: "/x", items: [{ note: "n" }] });
  const long = await inspected({ describe: () => ({ method: "a.B/C", request: { text: "x".repeat(3_000) } }) });
  expect(describeCall(long.seen, undefined, false)).toMatch(/x… \(3011 characters; --full shows them all\)$/);
  expect(describeCall(long.seen, undefined, true)).toMatch(/x"\}$/);
});
