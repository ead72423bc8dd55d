import { describe, expect, it } from "vitest";
import { segmentFault } from "./path-readings.ts";
import { checkPathTemplate, parsePathTemplate } from "./path-template.ts";
import { checkHttpStrategy } from "./strategy-checks.ts";
import { strategy } from "./testing/calls.ts";

const expand = (template: string, body: { readonly [field: string]: string }, slashes?: readonly string[]) =>
  parsePathTemplate(template, slashes).expand({ key: {}, body });
const faultOf = (template: string, body: { readonly [field: string]: string }, slashes?: readonly string[]) => {
  const expanded = expand(template, body, slashes);
  return "fault" in expanded ? expanded.fault : undefined;
};

describe("a value in a path is not sent if some server may read it as more than its segment:", () => {
  it.each([
    ["slashes", ["a/b", "/", "../../admin/users/7", "/..", "a\\b", "..\\..\\admin"]],
    ["slashes, encoded once, twice and more", ["a%2fb", "a%2Fb", "a%252fb", "a%25252fb", "a%5cb", "a%255cb"]],
    ["slashes, each digit encoded", ["a%%32%66b", "a%2%66b", "a%25%32%66b", "a%%35cb"]],
    ["overlong UTF-8", ["a%c0%afb", "a%c0%2fb", "a%e0%80%afb", "a%f0%80%80%afb", "a%fc%80%80%80%80%afb", "a%c1%9cb"]],
    ["overlong UTF-8, encoded again", ["a%25c0%25afb", "a%c0%25afb"]],
    ["bytes that old servers did sums with", ["a%c1%1cb", "a%c1%pcb", "a%c0%9vb", "a%ffb", "a%80b"]],
    ["%u", ["a%u002fb", "a%U002Fb", "a%u005cb", "a%uff0fb", "a%u2215b", "a%25u002fb"]],
    ["entities", ["a&sol;b", "a&bsol;b", "a&SOL;b", "a&#47;b", "a&#x2f;b"]],
    ["full width", ["a／b", "a＼b", "a﹨b", "a％2fb", "a%ef%bc%8fb", "a%25ef%25bc%258fb"]],
    ["best fit", ["a⁄b", "a∕b", "a⧸b", "a╱b", "a∖b", "a⧵b", "a⧹b", "½", "℀", "a%e2%88%95b"]],
    ["dots", [".", "..", "...", ". .", ".. ", " ..", "\u00a0..", ".\u200b.", ".\u00ad.", "+..", "..+"]],
    ["dots, otherwise", ["‥", "…", "․․", "．．", "%2e", "%2e%2e", ".%2e", "%252e.", "%c0%ae", "%u002e."]],
    [
      "dots before what is cut off",
      ["..;", "..;a=b", ".;", "..%3b", "..:$DATA", "..::$INDEX_ALLOCATION", "..,x", "..&x"],
    ],
    ["dots and slashes of other code pages", ["a¥..¥b", "a₩..₩b", "a￥..￥b", "ĮĮįadmin", "..įadmin"]],
    ["the end of the path", ["a?b", "a#b", "a%3fb", "a%23b", "a%253fb", "a？b"]],
    ["control characters", ["a\tb", "a\r\nb", "a\u0000b", "a%00b", "a%0d%0ab", "a%250ab", "a\u0085b", "a\u2028b"]],
    ["nothing that is seen", [" ", "\u200b", "\u3164", ";x", "%20", " ;"]],
    ["encoded without end", [`%${"25".repeat(40)}2f`]],
    ["more than a request line", ["ä".repeat(8_192)]],
  ])("%s", (_, values) => {
    for (const value of values) {
      const fault = faultOf("/notes/{note}/end", { note: value });
      expect(fault, value).toMatch(/^the path's field \{note\} /);
      if (value.length > 3) expect(fault).not.toContain(value);
    }
  });

  it("and is sent if it merely looks odd", () => {
    const values = [
      "Acme Inc.",
      ".well-known",
      "..a",
      "a;b",
      "¥100",
      "į",
      "100%",
      "A+",
      "+",
      "O'Brien",
      "名字 😀 ß",
      "-1",
    ];
    for (const note of [...values, "a&b=c", "me@example.com", "12:30", "a,b", "(a)", "“q”", "…etc", "x…"]) {
      expect(expand("/notes/{note}/end", { note }), note).toEqual({ path: `/notes/${encodeURIComponent(note)}/end` });
    }
  });
});

it("what is looked at no further would have been let through", () => {
  const letters = Array.from({ length: 64 }, (_, index) => String.fromCharCode(0xc0 + index)).join("");
  for (const first of "aZ0_~-")
    for (const rest of [...".. +,:=@!*'()~-_", "..", " .", ". ", "+.", ":.", letters, `.${letters}`]) {
      const segment = encodeURIComponent(first + rest);
      expect(expand("/{note}", { note: first + rest }), segment).toEqual({ path: `/${segment}` });
      expect(segmentFault(segment, false), segment).toBeUndefined();
    }
});

it("fields and literals of one segment are judged together", () => {
  expect(faultOf("/{a}{b}/x", { a: ".", b: "." })).toMatch(/^the path's field \{a\} with \{b\} makes a \. or/);
  expect(faultOf("/.{a}/x", { a: "." })).toContain("{a}");
  expect(faultOf("/..{a}/x", { a: ";b" })).toContain("{a}");
  expect(faultOf("/{a}{b}", { a: "%", b: "2f" })).toContain("slash");
  expect(faultOf("/{a}%25{b}", { a: "x", b: "2f" })).toContain("slash");
  expect(faultOf("/x%25{b}", { b: "2e" })).toBeUndefined();
  expect(expand("/.{a}-{b}/x", { a: "y", b: "." })).toEqual({ path: "/.y-./x" });
});

it("in the query a value may be anything, and stays its parameter's", () => {
  const note = "1&role=admin#/../%26\r\n";
  expect(expand("/notes?x={note}&role=user", { note })).toEqual({
    path: `/notes?x=${encodeURIComponent(note)}&role=user`,
  });
});

describe("a field that may hold slashes", () => {
  it.each(["a/b", "a\\b", "a%2fb", "a/b.c/d e", "folder/.hidden/x", "½", "C#", "why?", "a%3fb"])(
    "may be %j",
    (note) => {
      expect(expand("/files/{note}", { note }, ["note"])).toEqual({ path: `/files/${encodeURIComponent(note)}` });
    },
  );

  it.each([
    "../a",
    "a/..",
    "a/../b",
    "a\\..\\b",
    "a/./b",
    "a/..;/b",
    "a/..;x=y/b",
    "a//b",
    "/a",
    "a/",
    "a/%2e%2e/b",
    "a/ /b",
    "..?x",
    "a?/../b",
    "a/..#",
    "a%3f%2f..%2fb",
  ])("may not be %j, since it would climb where slashes are decoded", (note) => {
    expect(faultOf("/files/{note}", { note }, ["note"])).toContain("{note}");
  });

  it("does not let the field beside it", () => {
    expect(faultOf("/files/{a}-{b}", { a: "x/y", b: "z" }, ["a"])).toContain("slash");
    expect(faultOf("/files/{a}/{b}", { a: "x/y", b: "x/y" }, ["a"])).toMatch(/\{b\} holds a slash/);
    expect(expand("/files/{a}-{b}", { a: "x/y", b: "z" }, ["a", "b"])).toEqual({ path: "/files/x%2Fy-z" });
  });

  it("is a field of the path, or of the delete's", () => {
    const problems = (parts: Parameters<typeof strategy>[0]) =>
      checkHttpStrategy(strategy(parts), { allowed: [], taken: [] });
    expect(problems({ options: { slashes: ["orderId"] } })).toEqual([]);
    const elsewhere = { slashes: ["orderId"], delete: { path: "/gone/{orderId}" } };
    expect(problems({ path: "/orders", whenAbsent: "delete", options: elsewhere })).toEqual([]);
    for (const slashes of [["note"], [], "orderId", [7], ["orderId", "x"]])
      expect(problems({ options: { slashes } })).toMatchObject([{ at: expect.stringMatching(/^options\.slashes/) }]);
    expect(problems({ path: "/o?id={orderId}", options: { slashes: ["orderId"] } })).toHaveLength(1);
  });
});

describe("a template's own segments are read as hostilely:", () => {
  it.each([
    "/..;/admin",
    "/..;a=b/admin",
    "/.;/admin",
    "/x/..;",
    "/%2e%2e;/admin",
    "/..%3b/admin",
    "/..%3Ba=b/admin",
    "/%252e%252e/admin",
    "/%25252e%25252e/admin",
    "/%25%32%65%25%32%65/admin",
    "/%c0%ae%c0%ae/admin",
    "/%e0%80%ae%e0%80%ae/admin",
    "/%25c0%25ae/admin",
    "/%u002e%u002e/admin",
    "/%25u002e%25u002e/admin",
    "/%e2%80%a5/admin",
    "/%ef%bc%8e%ef%bc%8e/admin",
    "/x%252f..%252fadmin",
    "/x%255c..%255cadmin",
    "/x%25c0%25afadmin",
    "/x%ef%bc%8fadmin",
    "/x%e2%88%95admin",
    "/x%253fadmin",
    "/x%3fadmin",
    "/x%23admin",
    "/x%2500",
    "/;/admin",
    "/;a=b/admin",
    "/%20/admin",
    "/..%20/admin",
    "/.%20./admin",
    "/..%c2%a0/admin",
    "/.%e2%80%8b./admin",
    "/..,/admin",
    "/..:/admin",
    "/.../admin",
    "/{a}/..;/admin",
    "/x\\..\\admin",
    "/\t../admin",
    "/x/.",
    "/..;?x={a}",
  ])("%s", (path) => {
    expect(checkPathTemplate(path)).not.toEqual([]);
  });

  it.each([
    "/a;v=1/{b}",
    "/.well-known/x",
    "/Orders('{id}')",
    "/v1/things:{verb}",
    "/a%20b",
    "/100%25",
    "/caf%c3%a9/",
    "/~me",
  ])("but %s stands", (path) => {
    expect(checkPathTemplate(path)).toEqual([]);
  });
});

it.each([
  ["O'Brien", "/accounts(ref='O%27%27Brien')"],
  ["1',other='2", "/accounts(ref='1%27%27%2Cother%3D%27%272')"],
  ["plain", "/accounts(ref='plain')"],
])("doubles quotes in a value between quotes, as OData has it: %s", (ref, path) => {
  expect(parsePathTemplate("/accounts(ref='{ref}')").expand({ key: { ref }, body: null })).toEqual({ path });
});
