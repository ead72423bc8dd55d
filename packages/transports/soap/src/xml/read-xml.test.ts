import { describe, expect, it } from "vitest";
import { keyOf, resolveName } from "./names.ts";
import { readXml, XmlError } from "./read-xml.ts";

describe("reading XML", () => {
  it("resolves namespaces where they are declared, for elements and attributes", () => {
    const root = readXml(
      '<a xmlns="u:1" xmlns:p="u:2"><p:b c="1" p:c="2"/><d xmlns="" xmlns:p="u:3"><p:e/></d><f/></a>',
    );
    const [b, d, f] = root.children;
    expect([root, b, d, d?.children[0], f].map((one) => keyOf(one?.namespace ?? "?", one?.name ?? "?"))).toEqual([
      "{u:1}a",
      "{u:2}b",
      "{}d",
      "{u:3}e",
      "{u:1}f",
    ]);
    expect([...(b?.attributes ?? [])]).toEqual([
      ["c", "1"],
      ["{u:2}c", "2"],
    ]);
    expect(resolveName("p:x", d?.prefixes ?? {})).toBe("{u:3}x");
    expect(resolveName("x", root.prefixes)).toBe("{u:1}x");
  });

  it("keeps texts as they are, CDATA too", () => {
    expect(readXml("<a> x &lt; <![CDATA[<b>&amp;]]>&#13;\ty</a>").text).toBe(" x < <b>&amp;\r\ty");
  });

  const refused = {
    "a document type": "<!DOCTYPE a><a/>",
    "an undeclared prefix": "<p:a/>",
    "an undeclared prefix of an attribute": '<a p:b="1"/>',
    "a prefix that objects have by nature": "<constructor:a/>",
    "an unknown entity": "<a>&b;</a>",
    "two roots": "<a/><b/>",
    "an element that is not closed": "<a>",
    nothing: "",
    "a text": "a",
  };
  for (const [what, text] of Object.entries(refused))
    it(`refuses ${what}`, () => expect(() => readXml(text)).toThrow(XmlError));

  it("reads a tag of a hundred thousand attributes without looking through all of them for each", () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `a${index}="b"`).join(" ");
    expect(readXml(`<a ${names}/>`).attributes.size).toBe(100_000);
  });
});
