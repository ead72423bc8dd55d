import type { AnswerRules } from "@syncline/core/transport-kit";
import { expect, it } from "vitest";
import { failureOf, given, upsert } from "./testing/calls.ts";
import { eachEngine } from "./testing/each-engine.ts";

eachEngine("limits that are not told by 429 and Retry-After", ({ downstream, answering }) => {
  const failureAt = async (
    [status, headers, body]: readonly [number, { readonly [name: string]: string }, unknown],
    answer: AnswerRules = {},
    options: object = {},
  ) => {
    answering(status, headers, JSON.stringify(body));
    return failureOf(await downstream(options).invoke(upsert({ options: { answer } as never }), given().context));
  };

  it("GitHub: 403 with nothing left until a time", async () => {
    const reset = Math.ceil(Date.now() / 1000) + 120;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
    const found = await failureAt([403, headers, { message: "API rate limit exceeded" }]);
    expect(found).toMatchObject({ kind: "throttled", code: "http.403", effect: "no" });
    expect(found.retryAfterMs).toBeGreaterThan(110_000);
    expect(found.retryAfterMs).toBeLessThan(125_000);
    expect(await failureAt([403, {}, { message: "Must have admin rights" }])).toMatchObject({ kind: "unauthorized" });
  });

  // A query of 72 points, 12 are there, and 50 come each second.
  const cost = { requestedQueryCost: 72, throttleStatus: { currentlyAvailable: 12, restoreRate: 50 } };
  const shopify = {
    kinds: { path: "errors.0.extensions.code", map: { THROTTLED: "throttled" } },
    ok: { path: "data", absent: true },
    bucket: {
      needed: "extensions.cost.requestedQueryCost",
      left: "extensions.cost.throttleStatus.currentlyAvailable",
      perSecond: "extensions.cost.throttleStatus.restoreRate",
    },
  } as const;
  const throttled = (more: object = cost) => ({
    errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
    extensions: { cost: more },
  });

  it("Shopify's GraphQL: 200 and a bucket in the body, until it has filled", async () => {
    expect(await failureAt([200, {}, throttled()], shopify)).toMatchObject({ kind: "throttled", retryAfterMs: 1_200 });
  });

  it.each([
    ["no rate", { requestedQueryCost: 72, throttleStatus: { currentlyAvailable: 12, restoreRate: 0 } }],
    ["a rate below none", { requestedQueryCost: 72, throttleStatus: { currentlyAvailable: 12, restoreRate: -5 } }],
    ["more than enough", { requestedQueryCost: 72, throttleStatus: { currentlyAvailable: 900, restoreRate: 50 } }],
    ["words", { requestedQueryCost: "many", throttleStatus: { currentlyAvailable: 12, restoreRate: 50 } }],
    ["nothing", {}],
  ])("a bucket that says %s is no wish", async (_, lie) => {
    const found = await failureAt([200, {}, throttled(lie)], shopify);
    expect(found.kind).toBe("throttled");
    expect(found).not.toHaveProperty("retryAfterMs");
  });

  it("Salesforce: 403 whose body says that it is a limit", async () => {
    const kinds = { path: "0.errorCode", map: { REQUEST_LIMIT_EXCEEDED: "throttled" } } as const;
    const body = [{ errorCode: "REQUEST_LIMIT_EXCEEDED", message: "TotalRequests Limit exceeded." }];
    expect(await failureAt([403, {}, body], { kinds })).toMatchObject({ kind: "throttled", code: "http.403" });
    const other = [{ errorCode: "INSUFFICIENT_ACCESS", message: "no" }];
    expect(await failureAt([403, {}, other], { kinds })).toMatchObject({ kind: "unauthorized" });
  });

  it("a wait in the body: seconds, or a time", async () => {
    const rules = { retryAfter: "error.retryIn" } as const;
    expect(await failureAt([429, {}, { error: { retryIn: 4.5 } }], rules)).toMatchObject({ retryAfterMs: 4_500 });
    expect(await failureAt([429, { "retry-after": "9" }, { error: { retryIn: 4 } }], rules)).toMatchObject({
      retryAfterMs: 9_000,
    });
    expect(await failureAt([429, {}, { error: { retryIn: -4 } }], rules)).not.toHaveProperty("retryAfterMs");
  });

  it("a header of the downstream's own", async () => {
    const waitHeaders = ["X-HubSpot-RateLimit-Interval-Milliseconds"];
    const headers = { "x-hubspot-ratelimit-interval-milliseconds": "10000" };
    expect(await failureAt([429, headers, {}], {}, { waitHeaders })).toMatchObject({ retryAfterMs: 10_000 });
    expect(await failureAt([429, headers, {}])).not.toHaveProperty("retryAfterMs");
  });

  it("a 200 whose body says throttled waits as its headers ask", async () => {
    const kinds = { path: "error", map: { slow: "throttled", bad: "rejected" } } as const;
    const headers = { "retry-after": "6" };
    expect(await failureAt([200, headers, { error: "slow" }], { kinds })).toMatchObject({ retryAfterMs: 6_000 });
    expect(await failureAt([200, headers, { error: "bad" }], { kinds })).not.toHaveProperty("retryAfterMs");
  });
});

eachEngine("kinds", ({ downstream, answering }) => {
  const outcomeAt = (body: unknown, answer: AnswerRules, options: object = {}) => {
    answering(200, {}, JSON.stringify(body));
    return downstream(options).invoke(upsert({ options: { answer } as never }), given().context);
  };
  const kinds = { path: "code", map: { OK: "accepted", BUSY: "transient" }, default: "rejected" } as const;

  it("have a default for codes that nobody names, and no code is none", async () => {
    expect(await outcomeAt({ code: "OK" }, { kinds })).toEqual({ status: "accepted" });
    expect(await outcomeAt({ code: "BUSY" }, { kinds })).toMatchObject({ failure: { kind: "transient" } });
    expect(await outcomeAt({ code: "E17" }, { kinds })).toMatchObject({
      failure: { kind: "rejected", code: "http.body" },
    });
    expect(await outcomeAt({}, { kinds })).toEqual({ status: "accepted" });
  });

  it("say by their default what an answer means that `ok` refuses, and nothing of one that it takes", async () => {
    const rules = { ok: { path: "done", in: [true] }, kinds } as const;
    expect(await outcomeAt({ done: false }, rules)).toMatchObject({ failure: { kind: "rejected" } });
    expect(await outcomeAt({ done: true, code: "E17" }, rules)).toEqual({ status: "accepted" });
    expect(await outcomeAt({ done: true, code: "BUSY" }, rules)).toMatchObject({ failure: { kind: "transient" } });
  });

  it("come from `ok` in code, too, with a sentence and a wait", async () => {
    const ok = ({ body }: { readonly body: unknown }) => body as never;
    const at = (said: unknown) => outcomeAt(said, {}, { ok });
    expect(await at(true)).toEqual({ status: "accepted" });
    expect(await at({ kind: "accepted" })).toEqual({ status: "accepted" });
    expect(await at({ kind: "dependency", message: "no such customer" })).toMatchObject({
      failure: { kind: "dependency", code: "http.not-ok", message: expect.stringContaining("no such customer") },
    });
    expect(await at({ kind: "throttled", retryAfterMs: 700 })).toMatchObject({
      failure: { kind: "throttled", retryAfterMs: 700 },
    });
    expect(await at({ kind: "throttled", retryAfterMs: "soon" })).not.toHaveProperty("failure.retryAfterMs");
    for (const nonsense of [{ kind: "fine" }, {}, [], { kind: null }])
      expect(await at(nonsense)).toMatchObject({ failure: { kind: "transient", code: "http.ok-threw" } });
  });
});
