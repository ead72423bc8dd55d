import { describe, expect, test } from "vitest";
import type { Failure, Outcome } from "../../model/outcome.ts";
import { believableOutcome } from "./believable-outcome.ts";

const sound: Failure = { kind: "rejected", code: "http.422", message: "answered 422", effect: "no" };

/** What becomes of one failure, however it is reported. */
function enter(change: object): Failure {
  const failure = { ...sound, ...change } as Failure;
  const whole = believableOutcome({ status: "failed", failure }, 2);
  const listed = believableOutcome({ status: "partial", failures: [{ index: 1, failure }] }, 2);
  const unsendable = believableOutcome({ status: "unsendable", failures: [{ index: 1, failure }] }, 2);
  const found = typeof whole === "string" || whole.status !== "failed" ? undefined : whole.failure;
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

test.each([
  ["no outcome", undefined],
  ["no failure", { status: "failed" }],
  ["a failure of null", { status: "failed", failure: null }],
  ["an item's failure of null", { status: "partial", failures: [{ index: 0, failure: null }] }],
  ["no indices", { status: "partial", failures: [] }],
  ["an index out of range", { status: "partial", failures: [{ index: 2, failure: sound }] }],
])("An outcome with %s is not believed", (_, outcome) => {
  expect(believableOutcome(outcome as Outcome, 2)).toEqual(expect.any(String));
});
