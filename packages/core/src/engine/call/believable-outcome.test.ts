import { describe, expect, test } from "vitest";
import type { Failure } from "../../model/outcome.ts";
import { believableOutcome, type Judged } from "./believable-outcome.ts";

const sound: Failure = { kind: "rejected", code: "http.422", message: "answered 422", effect: "no" };

/** What a call of two items comes to, and what was reported as the transport's bug. */
function judge(outcome: unknown, wasAborted = false) {
  const problems: string[] = [];
  const judged: Judged = { items: 2, wasAborted, report: (problem) => problems.push(problem) };
  return { outcome: believableOutcome(outcome, judged), problems };
}

/** What becomes of one failure, however it is reported. */
function enter(change: object): Failure {
  const failure = { ...sound, ...change } as Failure;
  const { outcome: whole } = judge({ status: "failed", failure });
  const { outcome: listed } = judge({ status: "partial", failures: [{ index: 1, failure }] });
  const { outcome: unsendable } = judge({ status: "unsendable", failures: [{ index: 1, failure }] });
  const found = whole.status === "failed" ? whole.failure : undefined;
  expect(listed).toEqual({ status: "partial", failures: [{ index: 1, failure: found }] });
  expect(unsendable).toEqual({ status: "unsendable", failures: [{ index: 1, failure: found }] });
  return found as Failure;
}

describe("A failure that a transport reports", () => {
  test("is what it was, if it is as it should be", () => {
    expect(enter({})).toEqual(sound);
    expect(enter({ retryAfterMs: 5, code: "tls.CERT_HAS_EXPIRED" })).toMatchObject({
      retryAfterMs: 5,
      code: "tls.CERT_HAS_EXPIRED",
    });
  });

  test.each([
    ["http.body.a b\u001b[31m\nc", "http.body.a_b_31m_c"],
    [`x.${"y".repeat(500)}`, `x.${"y".repeat(98)}`],
    ["", "invoker.code"],
    [undefined, "invoker.code"],
    [{ toString: (): string => "http.1" }, "invoker.code"],
    ["\u202e\u200b", "_"],
  ])("has a code of letters, digits and points, and not a long one: %j", (code, kept) => {
    expect(enter({ code }).code).toBe(kept);
  });

  test("has a message in one line, and not a long one", () => {
    expect(enter({ message: "a\n2026-01-01 ERROR \u001b[31madmin\u2028\u202e" }).message).toBe(
      "a\\n2026-01-01 ERROR \\u{1b}[31madmin\\u{2028}\\u{202e}",
    );
    expect(enter({ message: "x".repeat(1e6) }).message.length).toBe(1_000);
    expect(enter({ message: undefined }).message).toBe("");
  });

  test("has a kind and an effect that there are, and nothing else", () => {
    expect(enter({ kind: "odd", effect: "odd", retryAfterMs: "5", payload: "row" })).toEqual({
      ...sound,
      kind: "transient",
      effect: "maybe",
    });
  });
});

const listing = (...failures: readonly unknown[]) => ({ status: "partial", failures });

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a text", "accepted"],
  ["no status", {}],
  ["a status that there is not", { status: "done" }],
  ["no failure", { status: "failed" }],
  ["a failure of null", { status: "failed", failure: null }],
  ["a failure that is a text", { status: "failed", failure: "rejected" }],
  ["no list of failures", { status: "partial" }],
  [
    "a list of failures that is none",
    { status: "unsendable", failures: { length: 1, 0: { index: 0, failure: sound } } },
  ],
  ["an item's failure of null", listing({ index: 0, failure: null })],
  ["an item of null", listing(null)],
  ["no indices", listing()],
  ["an index out of range", listing({ index: 2, failure: sound })],
  ["an index twice", listing({ index: 1, failure: sound }, { index: 1, failure: sound })],
  [
    "a status that throws",
    {
      get status(): string {
        throw new Error("oops");
      },
    },
  ],
  ["a message that throws", { status: "failed", failure: { ...sound, message: Object.create(null) } }],
])("An outcome of %s is a bug of the transport, and may have landed", (_, given) => {
  const { outcome, problems } = judge(given);
  expect(outcome).toMatchObject({
    status: "failed",
    failure: { kind: "transient", code: "invoker.outcome", effect: "maybe" },
  });
  expect(problems).toEqual([expect.any(String)]);
});

test("An accepted outcome says nothing else the next time it is read", () => {
  let reads = 0;
  const given = {
    get status() {
      reads += 1;
      return reads === 1 ? "accepted" : "partial";
    },
  };
  expect(judge(given).outcome.status).toBe("accepted");
});

describe("A failure that would cost the item nothing is a bug of the transport", () => {
  test.each([
    ["of no known kind", "odd"],
    ["of no kind", undefined],
    ["that says `cancelled` although nobody had cancelled the call", "cancelled"],
  ])("%s", (_, kind) => {
    const failure = { ...sound, kind };
    const expected = { ...sound, kind: "transient", effect: "maybe" };
    expect(judge({ status: "failed", failure })).toEqual({
      outcome: { status: "failed", failure: expected },
      problems: [expect.any(String)],
    });
    expect(judge(listing({ index: 0, failure: sound }, { index: 1, failure }))).toEqual({
      outcome: listing({ index: 0, failure: sound }, { index: 1, failure: expected }),
      problems: [expect.any(String)],
    });
  });

  test("but not `cancelled` where it was", () => {
    const failure = { ...sound, kind: "cancelled" };
    expect(judge({ status: "failed", failure }, true)).toEqual({
      outcome: { status: "failed", failure },
      problems: [],
    });
  });
});
