import { describe, expect, it } from "vitest";
import type { Failure } from "../../model/outcome.ts";
import { withSaneRetryAfter } from "./retry-after.ts";

const failure: Failure = { kind: "transient", code: "test", message: "test", effect: "no" };
const failed = (retryAfterMs: number) => ({ status: "failed", failure: { ...failure, retryAfterMs } }) as const;

describe("a downstream's wish for later", () => {
  it("is left as it is within the limit", () => {
    const outcome = failed(500);
    expect(withSaneRetryAfter(outcome, 1_000)).toBe(outcome);
  });

  it.each([31_536_000_000, Number.POSITIVE_INFINITY])("is cut to the limit: %s", (wish) => {
    expect(withSaneRetryAfter(failed(wish), 1_000)).toEqual(failed(1_000));
  });

  it.each([Number.NaN, -1, 0])("is forgotten where it makes no sense: %s", (wish) => {
    expect(withSaneRetryAfter(failed(wish), 1_000)).toEqual({ status: "failed", failure });
  });

  it("is cut for single items of a batch, too", () => {
    const failures = [
      { index: 0, failure: { ...failure, retryAfterMs: 5_000 } },
      { index: 2, failure },
    ];
    expect(withSaneRetryAfter({ status: "partial", failures }, 1_000)).toEqual({
      status: "partial",
      failures: [
        { index: 0, failure: { ...failure, retryAfterMs: 1_000 } },
        { index: 2, failure },
      ],
    });
  });
});
