import { testCall, testItem } from "@syncline/testkit/makers";
import { describe, expect, it } from "vitest";
import type { SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Outcome } from "../../model/outcome.ts";
import { Attempt } from "./attempt.ts";

const call = testCall({ batched: true, items: [testItem(), testItem(), testItem()] });

async function run(invoke: SyncInvoker["invoke"], timeoutMs = 2 ** 30) {
  const bugs: unknown[] = [];
  const attempt = new Attempt({
    timeoutMs,
    graceMs: 1,
    onBug: (error) => bugs.push(error),
    controller: new AbortController(),
  });
  attempt.start({ invoke }, call, { traceparent: "t" });
  return { outcome: () => attempt.outcome, bugs, attempt };
}

const codeOf = (outcome: Outcome) => (outcome.status === "failed" ? outcome.failure.code : outcome.status);

it("hands on the call, its deadline and the trace", async () => {
  const { outcome } = await run(async (got, context) => {
    expect(got).toBe(call);
    expect(context.trace).toEqual({ traceparent: "t" });
    expect(context.deadline).toBeGreaterThan(Date.now());
    return { status: "accepted" };
  });
  expect(await outcome()).toEqual({ status: "accepted" });
});

it("fires the signal at the deadline, and tells of it", async () => {
  const { outcome, attempt } = await run(
    (_, { signal, deadline }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          expect(Date.now()).toBeGreaterThanOrEqual(deadline - 1);
          resolve({
            status: "failed",
            failure: { kind: "unavailable", code: "x.deadline", message: "", effect: "maybe" },
          });
        });
      }),
    5,
  );
  expect(codeOf(await outcome())).toBe("x.deadline");
  expect(attempt.atDeadline).toBe(true);
});

it("gives up a transport that ignores its signal, as something that may have landed", async () => {
  const { outcome, attempt } = await run(() => new Promise(() => {}));
  attempt.abort("stopped");
  const result = await outcome();
  expect(result).toMatchObject({
    status: "failed",
    failure: { kind: "transient", code: "invoker.overran", effect: "maybe" },
  });
});

it("counts a throw as transient, and reports it without its words, which may quote what was sent", async () => {
  const bug = new Error("oops");
  const { outcome, bugs } = await run(() => Promise.reject(bug));
  expect(await outcome()).toMatchObject({
    status: "failed",
    failure: { kind: "transient", code: "invoker.threw", effect: "maybe" },
  });
  expect(bugs).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/^an Error at attempt\.test\.ts:/) }),
  ]);
});

describe("believes no partial outcome whose indices do not fit", () => {
  const failure = { kind: "rejected", code: "x", message: "", effect: "no" } as const;
  const lists = { empty: [], "out of range": [3], negative: [-1], fractional: [0.5], twice: [1, 1] };
  for (const [name, indices] of Object.entries(lists)) {
    it(name, async () => {
      const outcome = { status: "partial", failures: indices.map((index) => ({ index, failure })) } as const;
      const tried = await run(async () => outcome);
      expect(codeOf(await tried.outcome())).toBe("invoker.outcome");
      expect(tried.bugs).toHaveLength(1);
    });
  }

  it("but a list that fits", async () => {
    const tried = await run(async () => ({ status: "partial", failures: [{ index: 2, failure }] }));
    expect(codeOf(await tried.outcome())).toBe("partial");
  });
});

it("believes no outcome that is none", async () => {
  const { outcome } = await run(async () => undefined as never);
  expect(codeOf(await outcome())).toBe("invoker.outcome");
});
