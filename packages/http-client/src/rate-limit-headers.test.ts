import { describe, expect, it } from "vitest";
import { classifyStatus } from "./classify.ts";
import { toldLimit } from "./rate-limit-headers.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const seconds = now / 1000;
const reached = (waitMs: number | undefined) => ({ isReached: true, waitMs });
const silent = { isReached: false, waitMs: undefined };

describe("what an answer says of a limit", () => {
  it.each([
    // GitHub: epoch seconds.
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(seconds + 90) }, 90_000],
    // By the server's own clock, which is an hour ahead.
    [
      {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(seconds + 3_690),
        date: "Sun, 01 Mar 2026 13:00:00 GMT",
      },
      90_000,
    ],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" }, 30_000],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now + 5_000) }, 5_000],
    [{ "x-rate-limit-remaining": "0", "x-rate-limit-reset": "2026-03-01T12:00:10Z" }, 10_000],
    [{ "ratelimit-remaining": "0", "ratelimit-reset": "7" }, 7_000],
    [{ ratelimit: '"default";r=0;t=30' }, 30_000],
    [{ ratelimit: '"burst";r=0;t=5, "day;r=0,t=9";r=0;t=3600, "hour";r=12;t=9000' }, 3_600_000],
    [{ ratelimit: "limit=100, remaining=0, reset=50" }, 50_000],
    [{ "retry-after-ms": "250" }, 250],
    [{ "x-ms-retry-after-ms": "1500" }, 1_500],
  ])("%j is %i ms", (headers, waitMs) => {
    expect(toldLimit(headers, now)).toEqual(reached(waitMs));
  });

  it.each([
    [{}, silent],
    // Another limit was meant, such as of calls at a time: its reset says nothing of it.
    [{ "x-ratelimit-remaining": "4999", "x-ratelimit-reset": "3000" }, silent],
    [{ ratelimit: '"default";r=5;t=30' }, silent],
    [{ ratelimit: "limit=100, remaining=5, reset=50" }, silent],
    [{ "retry-after-ms": "soon" }, silent],
    // Lies: no wish, and the limit is reached all the same.
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "0" }, reached(undefined)],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "-30" }, reached(undefined)],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(seconds - 30) }, reached(undefined)],
    [{ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "NaN" }, reached(undefined)],
    [{ ratelimit: '"default";r=0;t=0' }, reached(undefined)],
    [{ ratelimit: '"default";r=0;t=-4' }, reached(undefined)],
    [{ ratelimit: '"default";r=0' }, reached(undefined)],
  ])("%j is %j", (headers, expected) => {
    expect(toldLimit(headers, now)).toEqual(expected);
  });

  it("is not looked for in a list that is too long", () => {
    expect(toldLimit({ ratelimit: `${'"a";r=0;t=1,'.repeat(1_000)}"b";r=0;t=2` }, now)).toEqual(silent);
  });

  it("is told by further headers, in seconds or as a time, and in milliseconds where the name says so", () => {
    const names = ["X-Pause", "x-pause-milliseconds"];
    expect(toldLimit({ "x-pause": "3" }, now, names)).toEqual(reached(3_000));
    expect(toldLimit({ "x-pause": String(seconds + 3) }, now, names)).toEqual(reached(3_000));
    expect(toldLimit({ "x-pause-milliseconds": "300" }, now, names)).toEqual(reached(300));
    expect(toldLimit({ "x-pause": "3" }, now)).toEqual(silent);
  });
});

describe("a status", () => {
  const limit = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(seconds + 60) };
  const of = (status: number, headers: { [name: string]: string }, kinds = {}) =>
    classifyStatus(status, headers, kinds, now);

  it("of 429 waits for the reset, and for Retry-After before it", () => {
    expect(of(429, limit)).toMatchObject({ kind: "throttled", retryAfterMs: 60_000 });
    expect(of(429, { ...limit, "retry-after": "5" })).toMatchObject({ kind: "throttled", retryAfterMs: 5_000 });
  });

  it("of 403 is a limit where nothing is left, and a right that is missing where something is", () => {
    expect(of(403, limit)).toMatchObject({ kind: "throttled", retryAfterMs: 60_000 });
    expect(of(403, { ...limit, "x-ratelimit-remaining": "17" })).toMatchObject({ kind: "unauthorized" });
    expect(of(403, limit, { 403: "rejected" })).toMatchObject({ kind: "rejected" });
  });

  it("that is no limit takes no wish from a limit's headers", () => {
    for (const status of [400, 404, 409, 500, 502]) expect(of(status, limit)).not.toHaveProperty("retryAfterMs");
  });
});
