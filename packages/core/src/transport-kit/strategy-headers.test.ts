import { describe, expect, it } from "vitest";
import type { Problem } from "../model/problem.ts";
import { problemWords } from "./problem-words.ts";
import { checkHeadersOfStrategy, checkStrategyHeaders, strategyHeaderProblem } from "./strategy-headers.ts";

const rules = { allowed: ["Accept", "x-acme-*"], taken: ["X-Acme-Tenant"] };
const anything = () => {};

describe("a strategy's headers", () => {
  it.each(["accept", "ACCEPT", "x-acme-a", "X-Acme-Batch-2"])("may be %s", (name) => {
    expect(strategyHeaderProblem(name, rules)).toBeUndefined();
  });

  it.each([
    "x-acme",
    "x_acme_a",
    "x-acme-tenant",
    "x_acme.tenant",
    "cookie",
    "x-forwarded-for",
    "x-acme-a b",
    "__proto__",
    "",
  ])("may not be %j", (name) => {
    expect(strategyHeaderProblem(name, rules)).toMatch(/\S/);
  });

  it("are told all that is wrong with them, at their places", () => {
    const problems: Problem[] = [];
    const check = checkHeadersOfStrategy(rules, anything, (value, at, found) => {
      if (typeof value !== "string") found.push({ at, message: "must be a text" });
    });
    check({ Accept: 1, accept: "b", cookie: "c" }, "options.headers", problems);
    check([], "options.headers", problems);
    expect(problems.map(({ at, message }) => `${at} ${message}`)).toEqual([
      "options.headers.Accept must be a text",
      "options.headers.accept is given twice",
      expect.stringMatching(/^options\.headers\.cookie says who we are/),
      "options.headers must be an object",
    ]);
  });
});

it("a downstream's list is names, or the beginnings of its own; it may be empty", () => {
  const places = (list: unknown) => {
    const problems: Problem[] = [];
    checkStrategyHeaders(list, "strategyHeaders", problems);
    return problems.map(({ at }) => at);
  };
  expect(places([])).toEqual([]);
  expect(places(["Stripe-Version", "x-acme-*", "acme-*"])).toEqual([]);
  expect(places(["*", "x-*", "x-acme*", "a b", 7, "X-Forwarded-*"])).toEqual(
    [0, 1, 2, 3, 4, 5].map((at) => `strategyHeaders[${at}]`),
  );
  expect(places("accept")).toEqual(["strategyHeaders"]);
});

it("problems in a failure are one line, and not a long one", () => {
  expect(problemWords([{ at: "a\r\nb", message: "is\u202e wrong" }])).toBe("a b is wrong");
  expect(problemWords(Array.from({ length: 500 }, () => ({ at: "path", message: "is wrong" })))).toHaveLength(1_000);
});
