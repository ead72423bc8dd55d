import type { WireValue } from "@syncline/core/spi";
import { check, dictionary, jsonValue, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { shapeOf, write } from "../testing/schemas.ts";
import { readXml } from "../xml/read-xml.ts";
import { schemaProblems } from "./contents.ts";
import { readElement } from "./read-element.ts";
import { SchemaError } from "./shapes.ts";

const all = shapeOf('<xsd:element name="root" type="All"/>');
const written = (value: WireValue) => {
  const text = write(all, value);
  return typeof text === "string" ? text.replace(/^<n1:root xmlns:n1="urn:t">|<\/n1:root>$/g, "") : text;
};

describe("values of derived types", () => {
  const fits: readonly (readonly [value: { readonly [name: string]: WireValue }, text: string])[] = [
    [{ code: "AB-1" }, "<n1:code>AB-1</n1:code>"],
    [{ codes: ["AB-1", "CD-22"] }, "<n1:codes>AB-1 CD-22</n1:codes>"],
    [{ either: 7 }, "<n1:either>7</n1:either>"],
    [{ either: "AB-1" }, "<n1:either>AB-1</n1:either>"],
    [{ price: { "#text": "9.99", "@currency": "EUR" } }, '<n1:price currency="EUR">9.99</n1:price>'],
    [{ hex: "AP8=" }, "<n1:hex>00FF</n1:hex>"],
    [{ gap: "P1DT2H" }, "<n1:gap>P1DT2H</n1:gap>"],
    [{ name: "N", mail: "m" }, "<n1:mail>m</n1:mail><n1:name>N</n1:name>"],
    [{ post: "p", mail: null, name: null }, "<n1:post>p</n1:post>"],
    [{ b: 1, a: [2, 3] }, "<n1:a>2</n1:a><n1:a>3</n1:a><n1:b>1</n1:b>"],
    [{ pair: [1, 2] }, "<n1:pair>1</n1:pair><n1:pair>2</n1:pair>"],
  ];
  for (const [value, text] of fits) it(`${JSON.stringify(value)} is ${text}`, () => expect(written(value)).toBe(text));

  const misfits: readonly (readonly [value: { readonly [name: string]: WireValue }, field: string, reason: string])[] =
    [
      [{ code: "ab-1" }, "code", "does not match the type's pattern"],
      [{ code: "AB-12345" }, "code", "is longer than 6"],
      [{ codes: ["AB-1", "x"] }, "codes", "has at 1 what does not match the type's pattern"],
      [{ either: "x" }, "either", "fits none of the types that it may have"],
      [{ price: { "#text": "9.999", "@currency": "EUR" } }, "price", "has more than 2 digits after the point"],
      [{ price: { "#text": "1000", "@currency": "EUR" } }, "price", "is out of the type's range"],
      [{ price: { "#text": "-0.01", "@currency": "EUR" } }, "price", "is out of the type's range"],
      [{ price: "9.99" }, "price.@currency", "is missing"],
      [{ mail: "m", post: "p" }, "the document", "may have only one of post, mail, name"],
      [{ name: "N" }, "mail", "is missing"],
      [{ pair: [1, 2, 3] }, "pair", "has 3 entries, and must have 0 to 2"],
      [{ gap: "PT" }, "gap", "is no xs:duration"],
    ];
  for (const [value, field, reason] of misfits)
    it(`${JSON.stringify(value)} does not fit`, () => expect(written(value)).toContainEqual({ field, reason }));
});

describe("schemas that fields cannot tell", () => {
  const problemsOf = (definitions: string): string => {
    try {
      return schemaProblems(shapeOf(definitions)).join("; ");
    } catch (error) {
      return error instanceof SchemaError ? error.message : "another error";
    }
  };
  const inRoot = (content: string) =>
    `<xsd:element name="root"><xsd:complexType>${content}</xsd:complexType></xsd:element>`;
  const element = (name: string) => `<xsd:element name="${name}" type="xsd:int"/>`;

  it("are refused with the reason", () => {
    expect(problemsOf(inRoot(`<xsd:sequence>${element("a")}${element("a")}</xsd:sequence>`))).toContain(
      "two elements named a",
    );
    const twice = `<xsd:sequence minOccurs="2" maxOccurs="9">${element("a")}${element("b")}</xsd:sequence>`;
    expect(problemsOf(inRoot(twice))).toContain("must be there 2 times");
    expect(problemsOf('<xsd:element name="root" type="Nowhere"/>')).toContain("there is no type {urn:t}Nowhere");
    expect(problemsOf('<xsd:element name="root" abstract="true"/>')).toContain("is abstract");
  });

  it("may hold themselves", () => {
    const node = '<xsd:element name="node" type="Node" minOccurs="0"/>';
    const type = `<xsd:complexType name="Node"><xsd:sequence>${element("id")}${node}</xsd:sequence></xsd:complexType>`;
    const shape = shapeOf(`<xsd:element name="root" type="Node"/>${type}`);
    expect(schemaProblems(shape)).toEqual([]);
    expect(write(shape, { id: 1, node: { id: 2 } })).toBe(
      '<n1:root xmlns:n1="urn:t"><id>1</id><node><id>2</id></node></n1:root>',
    );
  });

  it("may repeat a sequence of one element", () => {
    const shape = shapeOf(inRoot(`<xsd:sequence maxOccurs="unbounded">${element("a")}</xsd:sequence>`));
    expect(write(shape, { a: [1, 2] })).toBe('<n1:root xmlns:n1="urn:t"><a>1</a><a>2</a></n1:root>');
  });
});

describe("any document", () => {
  const text = shapeOf(
    '<xsd:element name="root"><xsd:complexType><xsd:sequence><xsd:element name="t" type="xsd:string"/></xsd:sequence><xsd:attribute name="a" type="xsd:string"/></xsd:complexType></xsd:element>',
  );

  it("with any text comes back as it is, or is refused", () => {
    const holds = property(string({ unit: "binary" }), (value) => {
      const xml = write(text, { t: value, "@a": value });
      if (typeof xml !== "string")
        return xml.every(({ reason }) => reason === "holds a character that XML cannot carry");
      const root = readXml(xml);
      return root.children[0]?.text === value && root.attributes.get("a") === value;
    });
    expect(check(holds, { numRuns: 2_000 }).failed).toBe(false);
  });

  it("of any form is written well-formed or refused, and never throws", () => {
    const names = string({ unit: "grapheme", maxLength: 4 });
    const holds = property(dictionary(names, jsonValue()), jsonValue(), (document, value) => {
      for (const one of [
        document,
        value,
        { ...document, code: value, price: value, a: value, pair: value, post: value },
      ]) {
        const xml = write(all, one as WireValue);
        if (typeof xml === "string") readElement(readXml(xml), all);
      }
    });
    expect(check(holds, { numRuns: 500 }).failed).toBe(false);
  });
});
