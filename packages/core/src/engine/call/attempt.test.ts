import { testCall, testItem } from "@syncline/testkit/makers";
import { describe, expect, it } from "vitest";
import type { InvokeContext, SyncCall, SyncInvoker } from "../../contracts/sync-invoker.ts";
import type { Outcome } from "../../model/outcome.ts";
import { onAbort } from "../../transport-kit/call-context.ts";
import { Deadlines } from "../../transport-kit/deadlines.ts";
import { Attempt, type Attempted, type AttemptParts } from "./attempt.ts";

const call = testCall({ batched: true, items: [testItem(), testItem(), testItem()] });

/** Calls once; `ended` has every end that was told. */
function run(
  invoke: (call: SyncCall, context: InvokeContext) => unknown,
  timeoutMs = 2 ** 30,
  graceMs = 1,
  before = (_attempt: Attempt<Attempted>) => {},
) {
  const bugs: unknown[] = [];
  const ended: Outcome[] = [];
  const deadlines = new Deadlines();
  let tell: (outcome: Outcome) => void = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    tell = resolve;
  });
  let hasStarted = false;
  const parts: AttemptParts<Attempted> = {
    invoker: { invoke } as SyncInvoker,
    trace: () => ({ traceparent: "t" }),
    graceMs,
    deadlines,
    onBug: (error) => bugs.push(error),
    onEnd: (of, end, { atDeadline }) => {
      expect(hasStarted).toBe(true);
      expect(of.request).toBe(call);
      expect(atDeadline).toBe(attempt.atDeadline);
      ended.push(end);
      tell(end);
    },
  };
  const attempt = new Attempt(parts, { request: call, timeoutMs });
  before(attempt);
  attempt.start();
  hasStarted = true;
  return { outcome, ended, bugs, attempt, deadlines };
}

const codeOf = (outcome: Outcome) => (outcome.status === "failed" ? outcome.failure.code : outcome.status);

/** All microtasks, and what was due at once. */
const aWhile = () => new Promise<void>((resolve) => setTimeout(resolve, 2).ref());

it("hands on the call, its deadline and the trace", async () => {
  const { outcome } = run(async (got, context) => {
    expect(got).toBe(call);
    expect(context.trace).toEqual({ traceparent: "t" });
    expect(context.deadline).toBeGreaterThan(Date.now());
    return { status: "accepted" };
  });
  expect(await outcome).toEqual({ status: "accepted" });
});

it("fires the signal at the deadline, and tells of it", async () => {
  const { outcome, attempt } = run(
    (_, { signal, deadline }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          expect(Date.now()).toBeGreaterThanOrEqual(deadline);
          resolve({
            status: "failed",
            failure: { kind: "unavailable", code: "x.deadline", message: "", effect: "maybe" },
          });
        });
      }),
    5.9,
  );
  expect(codeOf(await outcome)).toBe("x.deadline");
  expect(attempt.atDeadline).toBe(true);
});

it("counts a throw as transient, and reports it without its words, which may quote what was sent", async () => {
  const bug = new Error("oops");
  const { outcome, bugs } = run(() => Promise.reject(bug));
  expect(await outcome).toMatchObject({
    status: "failed",
    failure: { kind: "transient", code: "invoker.threw", effect: "maybe" },
  });
  expect(bugs).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/^an Error at attempt\.test\.ts:/) }),
  ]);
});

const partial = (index: number) => ({
  status: "partial",
  failures: [{ index, failure: { kind: "rejected", code: "x", message: "", effect: "no" } }],
});

describe("whatever a transport does, the call ends once, may have landed, and the bug is told:", () => {
  const boom = () => {
    throw new Error("boom");
  };
  const never = () => new Promise(() => {});
  const table: { readonly [door: string]: readonly [code: string, invoke: () => unknown] } = {
    "it throws at once": ["invoker.threw", boom],
    "it rejects": ["invoker.threw", async () => boom()],
    "it rejects with nothing": ["invoker.threw", () => Promise.reject()],
    "it never resolves": ["invoker.overran", never],
    "it returns nothing": ["invoker.outcome", () => undefined],
    "it resolves with nothing": ["invoker.outcome", async () => undefined],
    "it resolves with garbage": ["invoker.outcome", async () => "ok"],
    "it says `partial` without failures": ["invoker.outcome", async () => ({ status: "partial" })],
    "it says `partial` with an index that does not fit": ["invoker.outcome", async () => partial(3)],
    "its thenable throws": [
      "invoker.threw",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what a careless library might hand on.
        get then() {
          return boom();
        },
      }),
    ],
  };
  for (const [door, [code, invoke]] of Object.entries(table))
    it(door, async () => {
      const { outcome, ended, bugs, deadlines } = run(invoke, 5);
      expect(await outcome).toMatchObject({ status: "failed", failure: { kind: "transient", code, effect: "maybe" } });
      await aWhile();
      expect(ended).toHaveLength(1);
      expect(bugs).toEqual([expect.any(Error)]);
      expect(deadlines.size).toBe(0);
    });
});

describe("takes the first outcome of a transport that", () => {
  const accepted: Outcome = { status: "accepted" };
  const twice = (resolve: (outcome: unknown) => void) => {
    resolve(accepted);
    resolve(undefined);
  };
  const table: { readonly [door: string]: () => unknown } = {
    "answers at once, without a promise": () => accepted,
    // biome-ignore lint/suspicious/noThenProperty: what a careless library might hand on.
    "resolves twice": () => ({ then: twice }),
    "resolves at once and twice, by a promise with a `then` of its own": () =>
      // biome-ignore lint/suspicious/noThenProperty: the same.
      Object.assign(Promise.resolve(accepted), { then: twice }),
  };
  for (const [door, invoke] of Object.entries(table))
    it(door, async () => {
      const { outcome, ended, bugs } = run(invoke);
      expect(await outcome).toEqual(accepted);
      await aWhile();
      expect(ended).toHaveLength(1);
      expect(bugs).toEqual([]);
    });

  it("answers after it was given up", async () => {
    let answer: (outcome: Outcome) => void = () => {};
    const late = new Promise<Outcome>((resolve) => {
      answer = resolve;
    });
    const { outcome, ended, attempt } = run(() => late);
    attempt.abort("stopped");
    expect(codeOf(await outcome)).toBe("invoker.overran");
    answer(accepted);
    await aWhile();
    expect(ended).toHaveLength(1);
  });

  it("rejects after it was given up", async () => {
    let fail: (error: Error) => void = () => {};
    const late = new Promise<Outcome>((_, reject) => {
      fail = reject;
    });
    const { outcome, ended, attempt, bugs } = run(() => late);
    attempt.abort("stopped");
    await outcome;
    fail(new Error("late"));
    await aWhile();
    expect(ended).toHaveLength(1);
    expect(bugs).toHaveLength(1);
  });
});

it("reports what throws while it is told that its call is aborted", async () => {
  const { outcome, attempt, bugs } = run((_, context) => {
    const listener = {
      handleEvent: () => {
        throw new Error("boom");
      },
    };
    onAbort(context, listener);
    return new Promise(() => {});
  });
  attempt.abort("stopped");
  expect(bugs).toHaveLength(1);
  expect(codeOf(await outcome)).toBe("invoker.overran");
});

it("is aborted where it was before it began", async () => {
  const given: InvokeContext[] = [];
  const { outcome } = run(
    (_, context) => {
      given.push(context);
      return { status: "accepted" };
    },
    undefined,
    undefined,
    (attempt) => attempt.abort("stopped"),
  );
  await outcome;
  expect(given.map(({ signal }) => signal.aborted)).toEqual([true]);
});

it("fires no signal of a call that has ended", async () => {
  const given: AbortSignal[] = [];
  const { outcome, attempt, deadlines } = run((_, { signal }) => {
    given.push(signal);
    return { status: "accepted" };
  });
  await outcome;
  attempt.abort("after its end");
  expect(given.map(({ aborted }) => aborted)).toEqual([false]);
  expect(deadlines.size).toBe(0);
});
