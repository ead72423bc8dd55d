import sax from "sax";
import { expect, it } from "vitest";
import { writeXml } from "./write-xml.ts";

/** What an independent, strict parser reads: elements, attributes and texts in their order. */
function read(xml: unknown): readonly string[] {
  const parser = sax.parser(true, { xmlns: true });
  const seen: string[] = [];
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = ({ name, attributes }) => {
    const shown = Object.entries(attributes).map(([key, { value }]) => ` ${key}=${JSON.stringify(value)}`);
    seen.push(`<${name}${shown.join("")}`);
  };
  parser.ontext = (text) => seen.push(JSON.stringify(text));
  parser.onclosetag = (name) => seen.push(`${name}>`);
  parser.write(String(xml)).close();
  return seen.filter((entry) => entry !== '"\\n"');
}

const shape = { root: "Order" };

it("is elements in their order, lists that repeat, attributes and texts", () => {
  const document = {
    "@id": 7,
    Name: "A & B <c>",
    Line: [{ Sku: "x" }, { Sku: null }],
    Note: { "@lang": "en", "#text": "]]>" },
    None: [],
  };
  expect(read(writeXml(document, { ...shape, namespace: "urn:a?b&c" }))).toEqual([
    '<Order xmlns="urn:a?b&c" id="7"',
    "<Name",
    '"A & B <c>"',
    "Name>",
    "<Line",
    "<Sku",
    '"x"',
    "Sku>",
    "Line>",
    "<Line",
    "<Sku",
    "Sku>",
    "Line>",
    '<Note lang="en"',
    '"]]>"',
    "Note>",
    "Order>",
  ]);
});

it("is a list's items in the root", () => {
  expect(read(writeXml([{ a: 1 }, { a: 2 }], { root: "Orders", item: "Order" })).join("")).toBe(
    '<Orders<Order<a"1"a>Order><Order<a"2"a>Order>Orders>',
  );
});

it.each(["<!--", "</Order><admin/>", "&lt;", "&x;", "]]>", "\r\n\t", '"', "'", "é😀", " a ", "<?x?>"])(
  "has nothing in it but the values: %j",
  (text) => {
    expect(read(writeXml({ "@a": text, "#text": text }, shape))).toEqual([
      `<Order a=${JSON.stringify(text)}`,
      JSON.stringify(text),
      "Order>",
    ]);
  },
);

it.each([
  ["a control character", { a: "\u0001" }],
  ["a control character in an attribute", { "@a": "\u0000" }],
  ["half of a character", { a: "\ud800" }],
  ["U+FFFE", { a: "\ufffe" }],
  ["a name with a bracket", { "a><b": 1 }],
  ["a name with a prefix", { "x:a": 1 }],
  ["a name that begins with a digit", { "1a": 1 }],
  ["no name", { "": 1 }],
  ["an attribute's name with a blank", { "@a b": 1 }],
  ["another namespace", { "@xmlns": "urn:x" }],
  ["an attribute that is an object", { "@a": {} }],
  ["a list in a list", { a: [[1]] }],
  ["what is too deep", JSON.parse(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`)],
])("is not made of %s", (_, value) => {
  expect(writeXml(value as never, shape)).toMatchObject({ message: expect.any(String) });
});
