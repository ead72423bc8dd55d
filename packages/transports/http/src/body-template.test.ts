import type { Problem, WireValue } from "@syncline/core/spi";
import { testCall, testItem } from "@syncline/testkit/makers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBodyTemplate } from "./body-template.ts";
import { checkBodyTemplate } from "./template-checks.ts";

const hostile = [
  '"',
  '","admin":true,"x":"',
  "\\",
  '\\",',
  "}} , {{key}}",
  "{{document}}",
  "$1",
  "\u2028\u0000\n",
  "'; DROP TABLE x; --",
  '") { id } deleteAll { ok } #',
  "../../admin",
  "a?b#c",
  "%2e%2e%2f",
];

function render(template: WireValue, body: WireValue = { id: "42" }, orderId = "42") {
  const call = testCall();
  const item = testItem({ key: { orderId }, body, version: "v1" });
  return parseBodyTemplate(template).render({ call, item, position: 3 });
}
const value = (template: WireValue, body?: WireValue, orderId?: string) =>
  JSON.parse(String(render(template, body, orderId))) as unknown;
const faultOf = (template: WireValue, body?: WireValue, orderId?: string) => {
  const rendered = render(template, body, orderId);
  return typeof rendered === "string" ? `no fault: ${rendered}` : rendered.message;
};
const problemsOf = (template: unknown) => {
  const problems: Problem[] = [];
  checkBodyTemplate(template, "body", problems);
  return problems;
};

describe("a value in a body's template", () => {
  it("is placed as the JSON that it is", () => {
    const body = { n: 1.5, s: "x", t: true, z: null, o: { deep: [1] }, "a.b": "dotted" };
    const template = {
      all: "{{document}}",
      n: "{{document.n}}",
      z: "{{document.z}}",
      deep: ["{{document.o.deep.0}}", "{{ document.o }}"],
      dotted: "{{document.a.b}}",
      key: "{{key}}",
      id: "{{key.orderId}}",
      of: ["{{deliveryId}}", "{{revision}}", "{{version}}", "{{operation}}", "{{position}}", "{{callId}}"],
      fixed: [1, null, "a {b} }} c", false, {}],
    };
    expect(problemsOf(template)).toEqual([]);
    expect(value(template, body)).toEqual({
      all: body,
      n: 1.5,
      z: null,
      deep: [1, { deep: [1] }],
      dotted: "dotted",
      key: { orderId: "42" },
      id: "42",
      of: ["delivery-42", "7", "v1", "upsert", 3, "call-1"],
      fixed: [1, null, "a {b} }} c", false, {}],
    });
  });

  it.each(hostile)("never becomes a part of the body around it: %j", (text) => {
    const query =
      "mutation Set($id: ID!, $in: OrderInput!) { orderSet(id: $id, input: $in) { userErrors { message } } }";
    const template = { query, variables: { id: "{{key.orderId}}", in: "{{document}}", json: "{{document|json}}" } };
    const body = { name: text, [text]: text };
    expect(value(template, body, text)).toEqual({
      query,
      variables: { id: text, in: body, json: JSON.stringify(body) },
    });
  });

  it("never does, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: "small" }), fc.string({ unit: "binary" }), (body, key) => {
        const template = ["{{document}}", { key: "{{key.orderId|text}}" }, "{{key.orderId}}"];
        expect(value(template, body as WireValue, key)).toEqual([JSON.parse(JSON.stringify(body)), { key }, key]);
      }),
    );
  });

  it("is a text or a number where a filter says so, digit by digit", () => {
    expect(value({ id: "{{document.n|text}}" }, { n: 7 })).toEqual({ id: "7" });
    expect(render(["{{key.orderId|number}}"], {}, "9007199254740993")).toBe("[9007199254740993]");
    for (const text of ["", "0x1", "1,2", "NaN", "01", "1e", " 1", "1]", "1e9999"])
      expect(faultOf(["{{key.orderId|number}}"], {}, text)).toBe("the body's {{key.orderId|number}} is no number");
    expect(faultOf(["{{document.o|text}}"], { o: {} })).toContain("is an object or a list");
    expect(faultOf(["{{document.o|text}}"], { o: null })).toContain("is null");
  });

  it("that is missing is a fault with its name, and no body", () => {
    expect(faultOf({ a: "{{document.nothing}}" })).toBe("the body's {{document.nothing}} is not in the document");
    expect(faultOf({ a: "{{document.a.b}}" }, { a: null })).toContain("{{document.a.b}} is not in the document");
    expect(faultOf({ a: "{{key.other}}" })).toBe("the body's {{key.other}} is not in the key");
    expect(faultOf({ a: "{{document.constructor}}" })).toContain("is not in the document");
    expect(faultOf({ a: "{{items}}" })).toContain("in a call of one item");
    const ofList = parseBodyTemplate({ a: "{{key.id}}" }).render({ call: testCall(), position: 0, items: "[]" });
    expect(ofList).toMatchObject({ message: expect.stringContaining("a call of many items") });
  });
});

describe("a value inside of a text", () => {
  it("is a word", () => {
    expect(value("gid://shopify/Product/{{key.orderId}}", {}, "1055")).toBe("gid://shopify/Product/1055");
    expect(value("{{key.orderId}} of {{document.day}}", { day: "2026-11-30T10:00:00Z" }, "Łódź-1")).toBe(
      "Łódź-1 of 2026-11-30T10:00:00Z",
    );
  });

  it.each([...hostile, "", " ", "a b", "..", ".", "a/b", "a'b"])("is not sent where it is none: %j", (text) => {
    expect(faultOf("gid://shopify/Product/{{key.orderId}}", {}, text)).toContain("may not stand inside of a text");
  });

  it("is encoded for a segment of an address, and never more than one", () => {
    expect(value("/users/{{key.orderId|segment}}/x", {}, "a b'c@d")).toBe("/users/a%20b%27c%40d/x");
    expect(value("/Orders('{{key.orderId|odata}}')", {}, "O'Brien")).toBe("/Orders('O%27%27Brien')");
    for (const text of ["..", ".", "a/../b", "a/b", "a?b", "a#b", "%2e%2e", "\u0000", "", "．．", "\ud800"])
      for (const filter of ["segment", "odata"])
        expect(faultOf(`/users/{{key.orderId|${filter}}}`, {}, text)).not.toContain("no fault");
  });
});

describe("a body's template is refused at start", () => {
  it.each([
    ["{{dokument}}", "is no value"],
    ["{{}}", "is no value"],
    ["{{key..id}}", "a dot too many"],
    ["{{revision.x}}", "nothing in it"],
    ["{{key.id|upper}}", "no filter"],
    ["{{key.id|}}", "no filter"],
    ["{{items|text}}", "is a list"],
    ["{{key.id", "begins no {{value}}"],
    ["x {{key.id|number}}", "can stand alone only"],
    ["x {{document}}", "is no single value"],
    ["x {{items}}", "is no single value"],
    ["/Orders('{{key.id}}')", "between quotes"],
    ["/Orders('{{key.id|segment}}')", "between quotes"],
    ['mutation { set(id: "{{key.id}}") { id } }', "inside of code"],
    ["<id>{{key.id}}</id>", "inside of code"],
    ["a\n{{key.id}}", "inside of code"],
    [undefined, "what JSON can say"],
    [() => 1, "what JSON can say"],
  ])("where it says %s", (text, words) => {
    const found = problemsOf({ list: [1, { text }] });
    expect(found.map(({ at }) => at)).toEqual(found.map(() => "body.list[1].text"));
    expect(found.map(({ message }) => message).join("; ")).toContain(words);
  });

  it("where a name is to be a value, or it is too deep", () => {
    expect(problemsOf({ "{{key.id}}": 1 })).toMatchObject([{ at: "body.{{key.id}}" }]);
    let deep: unknown = "x";
    for (let depth = 0; depth < 30; depth += 1) deep = [deep];
    expect(problemsOf(deep)).toMatchObject([{ message: expect.stringContaining("more than 20 deep") }]);
  });
});
