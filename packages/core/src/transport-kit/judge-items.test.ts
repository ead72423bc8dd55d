import { testItem } from "@syncline/testkit/makers";
import { describe, expect, it } from "vitest";
import type { Problem } from "../model/problem.ts";
import { type AnswerRules, checkAnswerRules, type ItemsRule } from "./answer-rules.ts";
import { judgeDocument } from "./judge-document.ts";
import { judgeItems } from "./judge-items.ts";

const items = ["10", "11", "12"].map((orderId) => testItem({ key: { orderId } }));
const judging = { transport: "test", items, clean: String };
const judge = (rule: ItemsRule, body: unknown, of = items) => judgeItems(rule, body, { ...judging, items: of });

const ok = { path: "status", in: [200] };
const byKey: ItemsRule = { path: "list", key: "id", ok };
const byIndex: ItemsRule = { path: "list", index: "at", ok };
const accepted = { status: "accepted" };
const noAnswer = { status: "failed", failure: { kind: "transient", code: "test.answer", effect: "maybe" } };
const missing = { kind: "transient", code: "test.item.missing", effect: "maybe" };

describe("an answer that must say of every item what became of it", () => {
  it("is accepted when it lists them all, in whatever order", () => {
    const list = ["12", "10", "11"].map((id) => ({ id, status: 200 }));
    expect(judge(byKey, { list })).toEqual(accepted);
    expect(judge(byIndex, { list: [2, "0", 1].map((at) => ({ at, status: 200 })) })).toEqual(accepted);
  });

  it.each([
    ["left out", [10, 12]],
    ["listed twice, in place of another", [10, 12, 12]],
  ])("takes for accepted no item whose place is %s", (_, ids) => {
    const outcome = judge(byKey, { list: ids.map((id) => ({ id, status: 200 })) });
    expect(outcome).toMatchObject({ status: "partial", failures: [{ index: 1, failure: missing }] });
  });

  it("takes none for accepted that lists nothing", () => {
    const outcome = judge(byKey, { list: [] });
    expect(outcome).toMatchObject({
      status: "partial",
      failures: items.map((_, index) => ({ index, failure: missing })),
    });
  });

  it.each([{}, { list: null }, { list: {} }, { list: "all" }, null, [], "OK", 7, { data: { list: [] } }])(
    "has failed when it has no list: %j",
    (body) => {
      for (const rule of [byKey, byIndex, { path: "list", ok }]) expect(judge(rule, body)).toMatchObject(noAnswer);
    },
  );

  it("believes the failure of an item that it lists as taken too", () => {
    for (const statuses of [
      [200, 500],
      [500, 200],
    ]) {
      const list = [
        ...statuses.map((status) => ({ id: 10, status })),
        { id: 11, status: 200 },
        { id: 12, status: 200 },
      ];
      expect(judge(byKey, { list })).toMatchObject({ status: "partial", failures: [{ index: 0 }] });
    }
  });

  it("is no guess where an entry is nobody's, though it says that all is well", () => {
    const rest = [10, 11, 12].map((id) => ({ id, status: 200 }));
    expect(judge(byKey, { list: [...rest, { id: 13, status: 200 }] })).toMatchObject(noAnswer);
    expect(judge(byKey, { list: [...rest, { status: 200 }] })).toMatchObject(noAnswer);
  });
});

describe("an answer with two lists, of what was taken and of what was not,", () => {
  const rule: ItemsRule = {
    path: "results",
    index: "at",
    ok: { path: "id", matches: "*" },
    failures: { path: "errors", index: "context.at", code: "category", map: { VALIDATION_ERROR: "rejected" } },
  };
  const results = [0, 2].map((at) => ({ at, id: "x" }));

  it("is read as a whole", () => {
    expect(judge(rule, { results: [...results, { at: 1, id: "y" }] })).toEqual(accepted);
    const errors = [{ category: "VALIDATION_ERROR", context: { at: ["1"] } }];
    expect(judge(rule, { results, errors })).toMatchObject({ failures: [{ index: 1, failure: { kind: "rejected" } }] });
    expect(judge(rule, { results, errors: [{ context: { at: [0] } }] })).toMatchObject({
      failures: [
        { index: 0, failure: { code: "test.item" } },
        { index: 1, failure: missing },
      ],
    });
  });

  it("leaves no item out", () => {
    expect(judge(rule, { results, errors: [] })).toMatchObject({ failures: [{ index: 1, failure: missing }] });
    expect(judge(rule, { errors: [] })).toMatchObject(noAnswer);
    expect(judge(rule, { results, errors: "none" })).toMatchObject(noAnswer);
    expect(judge(rule, { results, errors: [{ context: {} }] })).toMatchObject(noAnswer);
  });
});

describe("an entry finds its item", () => {
  it.each([-1, 3, 1.5, "", " ", "1.0", "0x1", true, null, [], {}, "1e0"])("by no index such as %j", (at) => {
    expect(judge({ path: "list", index: "at" }, { list: [{ at }] })).toMatchObject(noAnswer);
  });

  it("by no key that is not there, even of an item whose key is so called", () => {
    const odd = ["undefined", "null", "[object Object]", ""].map((orderId) => testItem({ key: { orderId } }));
    for (const id of [undefined, null, {}, [], [[]], [null]])
      expect(judge({ path: "list", key: "id" }, { list: [{ id }] }, odd)).toMatchObject(noAnswer);
  });

  it("by no number that JavaScript has rounded to another item's key", () => {
    const near = ["9007199254740992", "9007199254740993"].map((orderId) => testItem({ key: { orderId } }));
    const rule = { path: "list", key: "id" };
    expect(judge(rule, JSON.parse('{"list":[{"id":9007199254740993}]}'), near)).toMatchObject(noAnswer);
    expect(judge(rule, { list: [{ id: "9007199254740993" }] }, near)).toMatchObject({ failures: [{ index: 1 }] });
  });

  it("or several, by a list of keys", () => {
    const rule: ItemsRule = { path: "errors", key: "context.ids", kind: "rejected" };
    const outcome = judge(rule, { errors: [{ context: { ids: ["12", 10] } }] });
    expect(outcome).toMatchObject({ status: "partial", failures: [{ index: 2 }, { index: 0 }] });
  });

  it("in a value as deep as an answer may be, without a word", () => {
    const deep = JSON.parse(`${"[".repeat(30_000)}${"]".repeat(30_000)}`);
    expect(judge(byKey, { list: [{ id: deep, status: deep }] })).toMatchObject(noAnswer);
    expect(judge(byIndex, { list: [{ at: deep, status: deep }] })).toMatchObject(noAnswer);
  });
});

describe("an item that failed", () => {
  it.each([
    ["12", 12_000],
    [1.5, 1_500],
    [0, undefined],
    [-3, undefined],
    ["soon", undefined],
    [{}, undefined],
  ])("waits as long as its entry asks: %j", (wait, retryAfterMs) => {
    const rule: ItemsRule = { path: "list", index: "at", retryAfter: "wait", kind: "throttled" };
    const outcome = judge(rule, { list: [{ at: 1, wait }] });
    if (outcome.status !== "partial") throw new Error("expected a partial answer");
    expect(outcome.failures.map(({ failure }) => failure.retryAfterMs)).toEqual([retryAfterMs]);
  });

  it("means by the protocol what it means, and by the rules where they say so", () => {
    const meaningOf = (code: string) => (code === "404" ? ({ verdict: "accepted", effect: "no" } as const) : undefined);
    const list = ["404", "404", "E1"].map((status, at) => ({ at, status }));
    const rule: ItemsRule = { ...byIndex, code: "status" };
    expect(judgeItems(rule, { list }, { ...judging, meaningOf })).toMatchObject({ failures: [{ index: 2 }] });
    const ruled = { ...rule, map: { 404: "rejected", E1: "accepted" } } as const;
    expect(judgeItems(ruled, { list }, { ...judging, meaningOf })).toMatchObject({
      failures: [
        { index: 0, failure: { kind: "rejected", code: "test.item.404" } },
        { index: 1, failure: { kind: "rejected" } },
      ],
    });
  });
});

describe("a rule of what a success is", () => {
  const passes = (rule: AnswerRules["ok"], body: unknown) =>
    judgeDocument({ ...(rule === undefined ? {} : { ok: rule }) }, body, judging).status === "accepted";

  it("may be that nothing is there, where it could be", () => {
    const rule = { path: "errors", absent: true } as const;
    expect([{}, { errors: null }, { data: 1 }].map((body) => passes(rule, body))).toEqual([true, true, true]);
    const others = [{ errors: [] }, { errors: false }, null, "OK", 7, { errors: "" }];
    expect(others.map((body) => passes(rule, body))).toEqual(others.map(() => false));
    expect(passes({ path: "data.errors", absent: true }, { data: {} })).toBe(true);
    expect(passes({ path: "data.errors", absent: true }, { data: null })).toBe(false);
    expect(passes({ path: "data.errors", absent: true }, {})).toBe(false);
  });

  it("may be that something is there and empty", () => {
    const rule = { path: "userErrors", empty: true } as const;
    expect([[], {}, "", null].map((userErrors) => passes(rule, { userErrors }))).toEqual([true, true, true, true]);
    const others = [{}, null, "", { userErrors: [{}] }, { userErrors: 0 }, { userErrors: false }, { userErrors: " " }];
    expect(others.map((body) => passes(rule, body))).toEqual(others.map(() => false));
  });

  it.each([
    ["OK*", ["OK", "OK: 7"], ["ok", "NOT OK", ""]],
    ["*done*", ["done", "all done."], ["do ne"]],
    ["a*b*a", ["aba", "axbxa"], ["ab", "aa", "a", "ba"]],
    ["a*a", ["aa"], ["a"]],
    ["20*", [200, "201"], [500, true]],
    ["exact", ["exact"], ["exactly", "exac"]],
    [".*", [".", ".x"], ["x"]],
  ])("may be that a text is of the form %s", (pattern, good, bad) => {
    const rule = { path: "text", matches: pattern };
    expect(good.filter((text) => !passes(rule, { text }))).toEqual([]);
    expect([...bad, undefined, null, {}, [pattern]].filter((text) => passes(rule, { text }))).toEqual([]);
  });

  it("may be several, which all must hold", () => {
    const rules = [
      { path: "errors", absent: true },
      { path: "data.order.userErrors", empty: true },
    ] as const;
    expect(passes(rules, { data: { order: { userErrors: [] } } })).toBe(true);
    expect(passes(rules, { data: { order: null } })).toBe(false);
    expect(passes(rules, { errors: [{}], data: { order: { userErrors: [] } } })).toBe(false);
    expect(passes(rules, { data: { order: { userErrors: [{}] } } })).toBe(false);
  });

  it.each([
    [{ path: "a" }, "ok"],
    [{ path: "a", in: [1], empty: true }, "ok"],
    [{ path: "a", absent: false }, "ok.absent"],
    [{ path: "", absent: true }, "ok.absent"],
    [{ path: "a", matches: "" }, "ok.matches"],
    [{ path: "a", matches: "x".repeat(257) }, "ok.matches"],
    [[], "ok"],
    [
      [
        { path: "a", empty: true },
        { path: "a", in: [] },
      ],
      "ok[1].in",
    ],
  ])("is refused at start where it says nothing: %j", (rule, at) => {
    const problems: Problem[] = [];
    checkAnswerRules({ ok: rule }, "", problems);
    checkAnswerRules({ items: { path: "list", ok: rule } }, "", problems);
    expect(problems.map((problem) => problem.at)).toEqual([at, `items.${at}`]);
  });

  it("in two lists is refused where one would do, or says nothing of whose it is", () => {
    const places = (items: object) => {
      const problems: Problem[] = [];
      checkAnswerRules({ items }, "", problems);
      return problems.map(({ at }) => at);
    };
    const failures = { path: "errors", index: "at" };
    expect(places({ path: "a", ok, failures })).toEqual([]);
    expect(places({ path: "a", failures })).toEqual(["items.failures"]);
    expect(places({ path: "a", ok, failures: { path: "errors" } })).toEqual(["items.failures"]);
    expect(places({ path: "a", ok, failures: { ...failures, ok } })).toEqual(["items.failures.ok"]);
  });
});

describe("whose item an entry speaks of", () => {
  const failed = (index: number, code = "test.item") => ({
    status: "partial",
    failures: [{ index, failure: { code } }],
  });

  it("is told from 1 on, where the rule says so", () => {
    const rule: ItemsRule = { path: "errors", index: "row", from: 1 };
    expect(judge(rule, { errors: [{ row: 1 }] })).toMatchObject(failed(0));
    expect(judge(rule, { errors: [{ row: "3" }] })).toMatchObject(failed(2));
    for (const row of [0, 4]) expect(judge(rule, { errors: [{ row }] })).toMatchObject(noAnswer);
  });

  it.each([
    ["/data/1/attributes/email", 1],
    ["/data/attributes/profiles/2/phones/0", 2],
    ["items[1].name", 1],
    ["orders.2", 2],
    ["1.name", 1],
    ["#/1", 1],
  ])("is told by a pointer: %s", (pointer, index) => {
    const rule: ItemsRule = { path: "errors", index: "source.pointer" };
    expect(judge(rule, { errors: [{ source: { pointer } }] })).toMatchObject(failed(index));
  });

  it.each(["/data/attributes", "v2", "1.5", "-1", "/data/7", "a1", "", `/${"x".repeat(2_000)}/1`])(
    "is not guessed from %s",
    (pointer) => {
      const rule: ItemsRule = { path: "errors", index: "source.pointer" };
      expect(judge(rule, { errors: [{ source: { pointer } }] })).toMatchObject(noAnswer);
    },
  );

  it("is told by the names of an object's members", () => {
    const byKeys: ItemsRule = { path: "results", names: "key", ok };
    const results = { 10: { status: 200 }, 12: { status: 422 }, 11: { status: 200 } };
    expect(judge(byKeys, { results })).toMatchObject(failed(2));
    expect(judge(byKeys, { results: { 10: { status: 200 } } })).toMatchObject({
      failures: [{ index: 1 }, { index: 2 }],
    });
    expect(judge(byKeys, { results: { 99: { status: 200 } } })).toMatchObject(noAnswer);
    const byNames: ItemsRule = { path: "errors", names: "index", kind: "rejected" };
    expect(judge(byNames, { errors: { "1.name": ["is empty"], "1.city": ["is empty"] } })).toMatchObject(failed(1));
    expect(judge(byNames, { errors: [] })).toEqual(accepted);
    expect(judge(byNames, {})).toEqual(accepted);
    for (const errors of [["is empty"], "no", 1]) expect(judge(byNames, { errors })).toMatchObject(noAnswer);
  });

  it("is said once", () => {
    const places = (rule: object) => {
      const problems: Problem[] = [];
      checkAnswerRules({ items: { path: "a", ...rule } }, "", problems);
      return problems.map(({ at }) => at);
    };
    expect(places({ index: "at", from: 1 })).toEqual([]);
    expect(places({ names: "index", from: 1 })).toEqual([]);
    expect(places({ from: 1 })).toEqual(["items.from"]);
    expect(places({ index: "at", from: 2 })).toEqual(["items.from"]);
    expect(places({ names: "key", key: "id" })).toEqual(["items.names"]);
    expect(places({ ok, failures: { path: "b", names: "key" } })).toEqual([]);
  });
});

it.each(["404", "HTTP/1.1 404 Not Found", "404 Not Found", "HTTP/2 404"])("a status line is a status: %s", (status) => {
  const meaningOf = (code: string) => (code === "404" ? ({ verdict: "rejected", effect: "no" } as const) : undefined);
  const rule: ItemsRule = { path: "list", index: "at", code: "status" };
  const outcome = judgeItems(rule, { list: [{ at: 0, status }] }, { ...judging, meaningOf });
  expect(outcome).toMatchObject({ failures: [{ failure: { code: "test.item.404", kind: "rejected" } }] });
});
