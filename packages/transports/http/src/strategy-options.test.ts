import { describe, expect, it } from "vitest";
import { http } from "./http.ts";
import { checkPathTemplate } from "./path-template.ts";
import { strategy } from "./testing/calls.ts";

const check = (parts: Parameters<typeof strategy>[0]) =>
  http({ baseUrl: "https://crm.example.com/api" }).checkStrategy?.(strategy(parts)) ?? [];
const places = (parts: Parameters<typeof strategy>[0]) => check(parts).map(({ at }) => at);

describe("a path template", () => {
  it.each(["/orders", "/orders/{orderId}", "/o/{customer.email}.json?full=true&id={orderId}", "/", "/%40me"])(
    "may be %s",
    (path) => {
      expect(checkPathTemplate(path)).toEqual([]);
    },
  );

  it.each([
    "orders",
    "https://evil.example",
    "//evil.example/x",
    "/a//b",
    "/\\evil.example",
    "/a/../b",
    "/..",
    "/a/./b",
    "/a/%2e%2e/b",
    "/a/%2E./b",
    "/a%2fb",
    "/a%5Cb",
    "/a#b",
    "/@evil.example",
    "/a b",
    "/a\r\nx: y",
    "/a\u0000",
    "/a%0d%0a",
    "/a%",
    "/ä",
    "/{}",
    "/{a",
    "/a}",
    "",
    7,
  ])("may not be %j", (path) => {
    expect(checkPathTemplate(path)).not.toEqual([]);
  });
});

describe("a strategy", () => {
  it("is told all that is wrong with it at once, and where", () => {
    const options = {
      headerz: {},
      headers: { Host: "evil", prefer: "a\r\nb", authorization: "Bearer x", "Idempotency-Key": "k" },
      delete: { method: "GET" },
      answer: { ok: { path: "a..b", in: [] }, kinds: { path: "code", map: { A: "gone" } } },
    };
    const problems = check({ path: "orders", method: "GET", options });
    expect(problems.map(({ at }) => at).sort()).toEqual(
      [
        "path",
        "method",
        "options.headerz",
        "options.headers.Host",
        "options.headers.prefer",
        "options.headers.authorization",
        "options.headers.Idempotency-Key",
        "options.delete.method",
        "options.answer.ok.path",
        "options.answer.ok.in",
        "options.answer.kinds.map.A",
      ].sort(),
    );
    expect(problems.find(({ at }) => at === "options.headerz")?.message).toContain('did you mean "headers"?');
  });

  it("may not put many items' fields into one path", () => {
    expect(places({ batch: 500 })).toEqual(["path"]);
    expect(places({ batch: 500, path: "/orders" })).toEqual([]);
    expect(places({ rows: "many", path: "/orders/{status}" })).toEqual(["path"]);
  });

  it("that deletes must say what, with what a delete knows", () => {
    expect(places({ whenAbsent: "delete" })).toEqual([]);
    expect(places({ whenAbsent: "delete", path: "/orders", method: "POST" })).toEqual(["path"]);
    expect(places({ whenAbsent: "delete", path: "/c/{customerId}/{orderId}" })).toEqual(["path"]);
    const elsewhere = { delete: { path: "/orders/{orderId}" } };
    expect(places({ whenAbsent: "delete", path: "/c/{customerId}/{orderId}", options: elsewhere })).toEqual([]);
    expect(places({ whenAbsent: "delete", path: "/orders", options: { delete: { method: "POST" } } })).toEqual([]);
    expect(places({ whenAbsent: "delete", path: "/orders", options: { envelope: true } })).toEqual([]);
    expect(places({ whenAbsent: "delete", path: "/orders", batch: 100 })).toEqual([]);
    expect(places({ options: elsewhere })).toEqual(["options.delete"]);
  });

  it("has lists only where it has batches", () => {
    const options = { wrap: "items", answer: { items: { path: "errors", index: "row" } } };
    expect(places({ options })).toEqual(["options.wrap", "options.answer.items"]);
    expect(places({ options, batch: 2, path: "/orders" })).toEqual([]);
  });
});
