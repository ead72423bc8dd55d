import type { WireValue } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import { bodyBy, contractFrom, requestOf, wsdlOf } from "../testing/contracts.ts";
import { readXml } from "../xml/read-xml.ts";

const root = / xmlns:[\w]+="[^"]*"/g;
const sequence = (content: string) => requestOf(`<xs:sequence>${content}</xs:sequence>`);
const text = (name: string, more = "") => `<xs:element name="${name}" type="xs:string" ${more}/>`;

/** What stands in the request for a row, or what is wrong; without the declarations of namespaces. */
async function written(definitions: string, row: WireValue, options = {}): Promise<string> {
  const body = bodyBy(await contractFrom(wsdlOf(definitions)), row, options);
  return body.replace(root, "").replace(/^<n1:req>|<\/n1:req>$/g, "");
}

type Rows = readonly (readonly [row: WireValue, outcome: string])[];

function fits(what: string, definitions: string, rows: Rows, options = {}): void {
  describe(what, () => {
    for (const [row, outcome] of rows)
      it(`${JSON.stringify(row)}: ${outcome}`, async () => {
        expect(await written(definitions, row, options)).toBe(outcome);
      });
  });
}

fits(
  "an element whose own type holds it",
  `${sequence('<xs:element ref="t:node" minOccurs="0"/>')}<xs:element name="node"><xs:complexType><xs:sequence>
   ${text("v")}<xs:element ref="t:node" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>`,
  [
    [{}, ""],
    [{ node: { v: "1", node: [{ v: "2" }] } }, "<n1:node><n1:v>1</n1:v><n1:node><n1:v>2</n1:v></n1:node></n1:node>"],
  ],
);

fits(
  "an optional part that cannot be expressed",
  `${sequence(`${text("v")}<xs:element name="sig" type="t:Nowhere" minOccurs="0"/>
    <xs:element ref="t:none" minOccurs="0"/><xs:element name="pair" type="t:Pair" minOccurs="0"/>`)}
   <xs:complexType name="Pair"><xs:sequence>${text("a")}${text("b")}${text("a")}</xs:sequence></xs:complexType>`,
  [
    [{ v: "1" }, "<n1:v>1</n1:v>"],
    [{ v: "1", sig: { a: 1 } }, "sig cannot be expressed: there is no type {urn:t}Nowhere in the WSDL and its imports"],
    [
      { v: "1", pair: { a: "1", b: "2" } },
      "pair.a is the name of two elements of pair, which fields cannot tell apart",
    ],
  ],
);

fits("a required part that cannot be expressed", sequence('<xs:element name="sig" type="t:Nowhere"/>'), [
  [{}, "path cannot be used: there is no type {urn:t}Nowhere in the WSDL and its imports"],
]);

fits(
  "names that XML cannot have",
  requestOf(`<xs:sequence>${text("v")}${text("", 'minOccurs="0"')}${text("a b", 'minOccurs="0"')}${text("größe.1-·", 'minOccurs="0"')}</xs:sequence>
    <xs:attribute name="p:q"/>`),
  [
    [{ v: "1", "größe.1-·": "2" }, "<n1:v>1</n1:v><n1:größe.1-·>2</n1:größe.1-·>"],
    [{ v: "1", "a b": "2" }, "a b is no element of req"],
    [{ v: "1", "@p:q": "2" }, '@p:q cannot be expressed: "p:q" is no name that XML can have'],
  ],
);
fits("a required name that XML cannot have", sequence(text("a:b")), [
  [{}, 'path cannot be used: "a:b" is no name that XML can have'],
]);

fits("a name with a prefix that nothing declares", sequence('<xs:element name="v" type="q:V"/>'), [
  [{}, "path cannot be used: there is no type {of the prefix q, which is not declared}V in the WSDL and its imports"],
]);

fits(
  "alternatives with an element of one name",
  requestOf(`<xs:choice><xs:sequence>${text("id")}${text("packet", 'minOccurs="0"')}</xs:sequence>
    <xs:sequence>${text("packet")}</xs:sequence></xs:choice>`),
  [
    [{ packet: "p" }, "<n1:packet>p</n1:packet>"],
    [{ packet: "p", id: "i" }, "<n1:id>i</n1:id><n1:packet>p</n1:packet>"],
    [{ id: "i" }, "<n1:id>i</n1:id>"],
    [{}, "the document must have one of id, packet"],
  ],
);

fits(
  "a sequence of several elements that repeats",
  requestOf(`<xs:sequence minOccurs="1" maxOccurs="3">${text("k")}${text("v", 'minOccurs="0"')}</xs:sequence>`),
  [
    [{ k: "1", v: "2" }, "<n1:k>1</n1:k><n1:v>2</n1:v>"],
    [{ k: ["1", "2"], v: ["a", null] }, "<n1:k>1</n1:k><n1:v>a</n1:v><n1:k>2</n1:k>"],
    [{ k: ["1", "2"], v: ["a"] }, "the document needs lists of one length for k, v, which repeat together"],
    [{ k: ["1", "2", "3", "4"] }, "k has 4 entries, and must have 1 to 3"],
  ],
);

fits(
  "a choice that repeats",
  requestOf(
    `<xs:choice minOccurs="2" maxOccurs="3">${text("a")}<xs:sequence>${text("b")}${text("c")}</xs:sequence></xs:choice>`,
  ),
  [
    [{ a: ["1", "2"] }, "<n1:a>1</n1:a><n1:a>2</n1:a>"],
    [
      { a: "1", b: ["2", "3"], c: ["4", "5"] },
      "<n1:a>1</n1:a><n1:b>2</n1:b><n1:c>4</n1:c><n1:b>3</n1:b><n1:c>5</n1:c>",
    ],
    [{ a: "1" }, "the document has, of the elements of one choice, 1 entries, and must have 2 to 3"],
    [{ a: ["1", "2", "3", "4"] }, "the document has, of the elements of one choice, 4 entries, and must have 2 to 3"],
  ],
);

fits(
  "an abstract type and those derived from it",
  `${sequence('<xs:element name="record" type="t:Rec"/>')}
   <xs:complexType name="Rec" abstract="true"><xs:sequence>${text("id")}</xs:sequence></xs:complexType>
   <xs:complexType name="Cust"><xs:complexContent><xs:extension base="t:Rec"><xs:sequence>${text("nm")}</xs:sequence></xs:extension></xs:complexContent></xs:complexType>
   <xs:complexType name="Other"><xs:sequence>${text("id")}</xs:sequence></xs:complexType>`,
  [
    [{ record: { id: "1" } }, "record.@xsi:type is missing; one of Cust"],
    ...["Cust", "t:Cust", "{urn:t}Cust"].map(
      (name) =>
        [
          { record: { "@xsi:type": name, nm: "n", id: "1" } },
          '<n1:record xsi:type="n1:Cust"><n1:id>1</n1:id><n1:nm>n</n1:nm></n1:record>',
        ] as const,
    ),
    [{ record: { "@xsi:type": "Other", id: "1" } }, "record.@xsi:type names no type that may stand there"],
    [{ record: { "@xsi:type": "Rec", id: "1" } }, "record.@xsi:type names an abstract type"],
    [{ record: { "@xsi:type": 7, id: "1" } }, "record.@xsi:type is no name of a type"],
  ],
);

fits(
  "an abstract type that none is derived from",
  `${sequence('<xs:element name="record" type="t:Rec"/>')}
   <xs:complexType name="Rec" abstract="true"/>`,
  [[{}, "path cannot be used: record has an abstract type that no other is derived from"]],
);

fits("a request that is one value", '<xs:element name="req" type="xs:decimal"/>', [
  [{ "#text": "1.50" }, "1.50"],
  [{ "#text": "x" }, "the document is no xs:decimal"],
  [{ price: "1.50" }, "price is no element of req; #text is missing"],
  [{ "#text": "1.50", currency: "EUR" }, "currency is no element of req"],
]);

fits("an element that is one value", sequence('<xs:element name="v" type="xs:int" maxOccurs="2"/>'), [
  [{ v: { "#text": 5 } }, "<n1:v>5</n1:v>"],
  [{ v: [{ "#text": 5 }, 6] }, "<n1:v>5</n1:v><n1:v>6</n1:v>"],
  [{ v: { a: 5 } }, "v is no single value"],
  [{ v: { "@xsi:type": "xs:int", "#text": 5, a: 1 } }, "v has a member that is no element of v"],
]);

fits("a value of a type that may be anything", sequence('<xs:element name="v" type="xs:anyType"/>'), [
  [{ v: "a<b" }, "<n1:v>a&lt;b</n1:v>"],
  [{ v: { "@xsi:type": "xs:int", "#text": 5 } }, '<n1:v xsi:type="n3:int">5</n1:v>'],
  [{ v: { "@xsi:type": "xs:int", "#text": "x" } }, "v is no xs:int"],
  [{ v: { a: [1, "2"], "@b": true } }, '<n1:v b="true"><a>1</a><a>2</a></n1:v>'],
  [{ v: { "a b": 1 } }, "v has a member that is no name of an element"],
]);

fits(
  "elements in place of another",
  `${sequence('<xs:element ref="t:Path" maxOccurs="2"/>')}<xs:element name="Path" abstract="true" type="t:PT"/>
   <xs:complexType name="PT"/><xs:element name="G" type="t:PT" substitutionGroup="t:F"/>
   <xs:element name="F" substitutionGroup="t:Path"><xs:complexType><xs:complexContent><xs:extension base="t:PT">
   <xs:attribute name="uri"/></xs:extension></xs:complexContent></xs:complexType></xs:element>`,
  [
    [{ F: { "@uri": "u" } }, '<n1:F uri="u"></n1:F>'],
    [{ F: {}, G: {} }, "<n1:F></n1:F><n1:G></n1:G>"],
    [{ Path: {} }, "Path is no element of req; the document must have one of F, G"],
    [{ F: [{}, {}], G: {} }, "the document has, of the elements of one choice, 3 entries, and must have 1 to 2"],
  ],
);

const anyOf = (attributes: string) => sequence(`${text("type")}<xs:any ${attributes}/>`);

fits("a wildcard", `${anyOf('processContents="lax" maxOccurs="2"')}${text("known")}`, [
  [{ type: "a" }, "#any is missing"],
  [{ type: "a", "#any": "<x:y xmlns:x='u'>1 <b/>t</x:y>" }, "<n1:type>a</n1:type><x:y>1 <b></b>t</x:y>"],
  [{ type: "a", "#any": { known: "k" } }, "<n1:type>a</n1:type><n1:known>k</n1:known>"],
  [{ type: "a", "#any": { o: { "@a": 1, b: [1, 2] } } }, '<n1:type>a</n1:type><o a="1"><b>1</b><b>2</b></o>'],
  [{ type: "a", "#any": ["<a/>", { known: "k" }] }, "<n1:type>a</n1:type><a></a><n1:known>k</n1:known>"],
  [{ type: "a", "#any": "<a/><b/><c/>" }, "#any has an element that the schema does not let stand there"],
  [{ type: "a", "#any": "words" }, "#any is a text, and no elements; #any is missing"],
  [{ type: "a", "#any": "<a" }, "#any is not well-formed XML; #any is missing"],
  [{ type: "a", "#any": "<p:a/>" }, "#any uses a prefix that is not declared; #any is missing"],
  [{ type: "a", "#any": "<a/></elements><elements>" }, "#any is not well-formed XML; #any is missing"],
  [{ type: "a", "#any": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' }, "#any is not well-formed XML; #any is missing"],
  [{ type: "a", "#any": "<a>\u0001</a>" }, "#any holds a character that XML cannot carry; #any is missing"],
]);

fits("a wildcard of other namespaces", `${anyOf('namespace="##other" processContents="lax"')}${text("known")}`, [
  [{ type: "a", "#any": '<y xmlns="u"/>' }, '<n1:type>a</n1:type><y xmlns="u"></y>'],
  [{ type: "a", "#any": "<y/>" }, "#any is missing; #any has an element that the schema does not let stand there"],
]);

fits("a strict wildcard", `${anyOf('namespace="##any"')}${text("known")}`, [
  [{ type: "a", "#any": { known: "k" } }, "<n1:type>a</n1:type><n1:known>k</n1:known>"],
  [{ type: "a", "#any": "<y/>" }, "#any is missing; #any has an element that the schema does not let stand there"],
]);

fits("an optional wildcard", anyOf('minOccurs="0" processContents="skip"'), [[{ type: "a" }, "<n1:type>a</n1:type>"]]);

fits(
  ".NET's data set, which carries its own schema",
  sequence(
    '<xs:element name="ds" minOccurs="0"><xs:complexType><xs:sequence><xs:element ref="xs:schema"/><xs:any/></xs:sequence></xs:complexType></xs:element>',
  ),
  [[{}, ""]],
);

fits(
  "attributes",
  `<xs:attribute name="lang" type="xs:string"/><xs:attribute name="ver" type="xs:string" fixed="2"/>
   <xs:complexType name="B"><xs:sequence>${text("x")}</xs:sequence><xs:attribute name="a"/><xs:attribute name="z"/></xs:complexType>
   <xs:element name="req"><xs:complexType><xs:complexContent><xs:restriction base="t:B"><xs:sequence>${text("x")}</xs:sequence>
   <xs:attribute name="a" use="prohibited"/><xs:attribute ref="xml:lang"/><xs:attribute ref="t:ver" use="required"/>
   <xs:attribute ref="t:nowhere"/></xs:restriction></xs:complexContent></xs:complexType></xs:element>`,
  [
    [{ x: "1", "@z": "2" }, '<n1:req z="2" n1:ver="2"><n1:x>1</n1:x>'],
    [{ x: "1", "@lang": "de" }, '<n1:req xml:lang="de" n1:ver="2"><n1:x>1</n1:x>'],
    [{ x: "1", "@a": "2" }, "@a is no element of req"],
    [{ x: "1", "@ver": "3" }, "@ver is not the value that the schema fixes"],
    [
      { x: "1", "@nowhere": "3" },
      "@nowhere cannot be expressed: there is no attribute {urn:t}nowhere in the WSDL and its imports",
    ],
  ],
);

fits("a fixed element", sequence('<xs:element name="v" type="xs:decimal" fixed="1.0"/>'), [
  [{}, "<n1:v>1.0</n1:v>"],
  [{ v: 1 }, "<n1:v>1</n1:v>"],
  [{ v: 2 }, "v is not the value that the schema fixes"],
]);

fits(
  "a fixed value beside attributes",
  sequence(`<xs:element name="v" fixed="1.0"><xs:complexType><xs:simpleContent><xs:extension base="xs:decimal">
    <xs:attribute name="u"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>`),
  [
    [{ v: { "@u": "kg" } }, '<n1:v u="kg">1.0</n1:v>'],
    [{ v: { "@u": "kg", "#text": "1" } }, '<n1:v u="kg">1</n1:v>'],
    [{ v: 2 }, "v is not the value that the schema fixes"],
  ],
);

const anyAttribute = (attributes: string) =>
  `<xs:attribute name="known" type="xs:int"/>${requestOf(`<xs:attribute name="a"/><xs:anyAttribute ${attributes}/>`)}`;
fits("attributes of other namespaces", anyAttribute('namespace="##other" processContents="lax"'), [
  [{ "@{urn:o}x": "1", "@a": "2" }, '<n1:req a="2" n2:x="1">'],
  [{ "@xml:lang": "de" }, '<n1:req xml:lang="de">'],
  [{ "@b": "1" }, "@b is no attribute that the schema lets stand there"],
  [{ "@{urn:t}known": "1" }, "@{urn:t}known is no attribute that the schema lets stand there"],
]);
fits("attributes that the schema declares", anyAttribute('namespace="##targetNamespace"'), [
  [{ "@{urn:t}known": "1" }, '<n1:req n1:known="1">'],
  [{ "@{urn:t}known": "x" }, "@{urn:t}known is no xs:int"],
  [{ "@{urn:t}b": "1" }, "@{urn:t}b is no attribute that the schema lets stand there"],
]);

fits(
  "names with their namespaces, in a list",
  `${sequence('<xs:element name="q" type="t:Q"/>')}
   <xs:simpleType name="Q"><xs:list itemType="xs:QName"/></xs:simpleType>`,
  [
    [{ q: ["t:one", "{urn:o}two"] }, "<n1:q>n1:one n2:two</n1:q>"],
    [{ q: ["t:one", "no:two"] }, "q has a prefix that the WSDL does not know"],
  ],
);

fits(
  "a name with its namespace",
  `${sequence('<xs:element name="q" type="t:Q"/><xs:element name="r" type="xs:QName" minOccurs="0"/>')}
   <xs:simpleType name="Q"><xs:restriction base="xs:QName"><xs:enumeration value="t:one"/></xs:restriction></xs:simpleType>`,
  [
    [{ q: "t:one" }, "<n1:q>n1:one</n1:q>"],
    [{ q: "one", r: "{urn:o}two" }, "<n1:q>n1:one</n1:q><n1:r>n2:two</n1:r>"],
    [{ q: "{urn:o}one" }, "q is none of the values allowed"],
    [{ q: "no:one" }, "q has a prefix that the WSDL does not know"],
  ],
);

const ofType = (facets: string, base = "xs:string") =>
  `${sequence('<xs:element name="v" type="t:V"/>')}<xs:simpleType name="V"><xs:restriction base="${base}">${facets}</xs:restriction></xs:simpleType>`;
const pattern = (value: string) => ofType(`<xs:pattern value="${value}"/>`);
const no = "v does not match the type's pattern";

fits("a GUID's pattern", pattern("[{]?[0-9a-f]{4}\\-[0-9a-f]{4}[}]?"), [
  [{ v: "01ab-cdef" }, "<n1:v>01ab-cdef</n1:v>"],
  [{ v: "01abcdef" }, no],
]);
fits("a pattern of names", pattern("\\i\\c*"), [
  [{ v: "a-b" }, "<n1:v>a-b</n1:v>"],
  [{ v: "1" }, no],
]);
fits("a pattern with what JavaScript reads otherwise", pattern("^\\d{2}$"), [
  [{ v: "^12$" }, "<n1:v>^12$</n1:v>"],
  [{ v: "^٣٤$" }, "<n1:v>^٣٤$</n1:v>"],
  [{ v: "12" }, no],
]);
fits("a pattern that takes all but some", pattern("[a-z-[aeiou]]+"), [
  [{ v: "xyz" }, "<n1:v>xyz</n1:v>"],
  [{ v: "xya" }, no],
]);
fits(
  "dates within bounds",
  ofType('<xs:minInclusive value="2020-01-01"/><xs:maxExclusive value="2021-01-01"/>', "xs:date"),
  [
    [{ v: "2020-12-31" }, "<n1:v>2020-12-31</n1:v>"],
    [{ v: "2021-01-01" }, "v is out of the type's range"],
  ],
);
fits("a number among values", ofType('<xs:enumeration value="1.0"/>', "xs:decimal"), [
  [{ v: "1" }, "<n1:v>1</n1:v>"],
  [{ v: "2" }, "v is none of the values allowed"],
]);

const hex = sequence('<xs:element name="h" type="xs:hexBinary"/>');
fits("hexadecimal digits", hex, [
  [{ h: "ab" }, "<n1:h>ab</n1:h>"],
  [{ h: "AP8=" }, "<n1:h>00FF</n1:h>"],
  [{ h: "d41d8cd98f00b204e9800998ecf8427e" }, "<n1:h>d41d8cd98f00b204e9800998ecf8427e</n1:h>"],
  [{ h: "0AFF" }, "h may be hexadecimal as well as base64: `hexBinary` of the strategy's options says which"],
  [{ h: "zz" }, "h is neither hexadecimal nor base64, as bytes are in documents"],
]);
fits("hexadecimal digits, as the strategy says", hex, [[{ h: "0AFF" }, "<n1:h>0AFF</n1:h>"]], { hexBinary: "hex" });
fits("bytes, as the strategy says", hex, [[{ h: "AAAA" }, "<n1:h>000000</n1:h>"]], { hexBinary: "base64" });
fits(
  "hexadecimal digits of one length",
  `${sequence('<xs:element name="h" type="t:H"/>')}<xs:simpleType name="H">
  <xs:restriction base="xs:hexBinary"><xs:length value="2"/></xs:restriction></xs:simpleType>`,
  [[{ h: "0AFF" }, "<n1:h>0AFF</n1:h>"]],
);

fits(
  "text among elements",
  `<xs:element name="req"><xs:complexType mixed="true"><xs:sequence>${text("b", 'minOccurs="0"')}</xs:sequence></xs:complexType></xs:element>`,
  [[{ "#text": "a", b: "c" }, "a<n1:b>c</n1:b>"]],
);

it("has types that a WSDL puts into the schema's own namespace", async () => {
  const xsd = "http://www.w3.org/2001/XMLSchema";
  const own = `<xs:complexType name="ArrayOfInt"><xs:sequence><xs:element name="i" type="xs:int" maxOccurs="9"/></xs:sequence></xs:complexType>`;
  const types = `<xs:schema targetNamespace="${xsd}">${own}<xs:simpleType name="int"><xs:restriction base="xs:string"/></xs:simpleType></xs:schema>`;
  const contract = await contractFrom(wsdlOf(sequence('<xs:element name="v" type="xs:ArrayOfInt"/>'), { types }));
  expect(bodyBy(contract, { v: { i: [1, 2] } })).toContain("<n1:v><i>1</i><i>2</i></n1:v>");
  expect(bodyBy(contract, { v: { i: "x" } })).toBe("v.i is no xs:int");
});

describe("schemas in other documents", () => {
  const base = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
    <xs:complexType name="Addr"><xs:sequence>${text("street")}</xs:sequence></xs:complexType>
    <xs:element name="holder"><xs:complexType><xs:sequence><xs:element name="addr" type="t:Addr"/></xs:sequence></xs:complexType></xs:element></xs:schema>`;
  const extended = `<xs:complexType name="Addr"><xs:complexContent><xs:extension base="t:Addr"><xs:sequence>${text("zip")}</xs:sequence></xs:extension></xs:complexContent></xs:complexType>`;

  it("may be redefined, and what they say then holds wherever they are used", async () => {
    const redefine = `<xs:redefine schemaLocation="base.xsd">${extended}</xs:redefine>`;
    const wsdl = wsdlOf(`${redefine}${sequence('<xs:element ref="t:holder"/>')}`);
    const contract = await contractFrom(wsdl, { "base.xsd": base });
    expect(bodyBy(contract, { holder: { addr: { street: "s", zip: "z" } } })).toContain(
      "<n1:street>s</n1:street><n1:zip>z</n1:zip>",
    );
  });

  const imported = (head: string, prefix = "xs") => `${head}<schema xmlns="http://www.w3.org/2001/XMLSchema"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:d"><element name="Sig" type="${prefix}:string"/></schema>`;
  const importing = wsdlOf(
    `<xs:import namespace="urn:d" schemaLocation="d.xsd"/>${sequence('<xs:element xmlns:d="urn:d" ref="d:Sig"/>')}`,
  );

  it("may have a document type, whose namespaces count", async () => {
    const head =
      '<!DOCTYPE schema PUBLIC "-//W3C//DTD XMLSchema 200102//EN" "http://www.w3.org/2001/XMLSchema.dtd" [<!ATTLIST schema xmlns:ds CDATA #FIXED "http://www.w3.org/2001/XMLSchema"><!ENTITY dsig "x">]>';
    const contract = await contractFrom(importing, { "d.xsd": imported(head, "ds") });
    expect(bodyBy(contract, { Sig: "s" })).toContain(">s</");
  });

  it.each([
    ["entities", '<!DOCTYPE schema [<!ENTITY a "b">]>', (xml: string) => xml.replace("Sig", "&a;")],
    [
      "a file",
      '<!DOCTYPE schema [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
      (xml: string) => xml.replace("Sig", "&a;"),
    ],
    ["a large document type", `<!DOCTYPE schema [${"<!ELEMENT a ANY>".repeat(3_000)}]>`, (xml: string) => xml],
  ])("use no %s", async (_, head, change) => {
    await expect(contractFrom(importing, { "d.xsd": change(imported(head)) })).rejects.toThrow(
      /well-formed|document type/,
    );
  });

  it("may be imported by their namespace, from a file that the options name", async () => {
    const wsdl = wsdlOf(`<xs:import namespace="urn:d"/>${sequence('<xs:element xmlns:d="urn:d" ref="d:Sig"/>')}`);
    const contract = await contractFrom(wsdl, { "d.xsd": imported("") }, { "urn:d": "/wsdl/d.xsd" });
    expect(bodyBy(contract, { Sig: "s" })).toContain(">s</");
  });
});

it("has elements of a wildcard in no other namespace than their own", async () => {
  const contract = await contractFrom(wsdlOf(anyOf('processContents="lax"')));
  const [type, other] = readXml(bodyBy(contract, { type: "a", "#any": '<y xmlns="urn:y"><z xmlns=""/></y>' })).children;
  expect([type?.namespace, other?.namespace, other?.children[0]?.namespace]).toEqual(["urn:t", "urn:y", ""]);
});

describe("what stands beside the body", () => {
  const mime = 'xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/"';
  const multipart = (content: string) =>
    wsdlOf(sequence(text("v")), {
      message: '<part name="p" element="t:req"/><part name="image" type="xs:base64Binary"/>',
      input: `<mime:multipartRelated ${mime}><mime:part><soap:body parts="p" use="literal"/></mime:part>${content}</mime:multipartRelated>`,
    });

  it("is refused where it is an attachment, and is none where it is not", async () => {
    const image = '<mime:part><mime:content part="image" type="image/png"/></mime:part>';
    expect(bodyBy(await contractFrom(multipart(image)), { v: "1" })).toContain("takes attachments beside the envelope");
    expect(bodyBy(await contractFrom(multipart("")), { v: "1" })).toContain("<n1:v>1</n1:v>");
  });

  it("may be more elements, each with its own namespaces", async () => {
    const wsdl = wsdlOf(`${sequence(text("v"))}<xs:element name="n" type="xs:int" nillable="true"/>`, {
      message: '<part name="p" element="t:req"/><part name="q" element="t:n"/><part name="r" type="xs:string"/>',
    });
    const contract = await contractFrom(wsdl);
    expect(bodyBy(contract, { r: "s", n: 5, req: { v: "1" } })).toBe(
      '<n1:req xmlns:n1="urn:t"><n1:v>1</n1:v></n1:req><n1:n xmlns:n1="urn:t">5</n1:n><r xmlns:n1="urn:t">s</r>',
    );
    expect(bodyBy(contract, { r: "s", n: null, req: { v: "1" } })).toContain('<n1:n xmlns:n1="urn:t" xmlns:xsi=');
    expect(bodyBy(contract, { req: { w: "1" }, o: 1 })).toBe(
      "o is no element of op; req has a member that is no element of req; req.v is missing; n is missing; r is missing",
    );
    const fixed = { fixed: { n: 5, r: "s" }, list: "req.v" };
    expect(bodyBy(contract, { v: "1" }, fixed, { batched: true })).toBe("options.list is no repeated element of op");
  });

  it("may be elements of which one has the batch", async () => {
    const many = sequence('<xs:element name="v" type="t:V" maxOccurs="9"/>');
    const type = `<xs:complexType name="V"><xs:sequence>${text("a")}</xs:sequence></xs:complexType>`;
    const wsdl = wsdlOf(`${many}${type}${text("n")}`, {
      message: '<part name="q" element="t:n"/><part name="p" element="t:req"/>',
    });
    const options = { fixed: { n: "x" }, list: "req.v" };
    expect(bodyBy(await contractFrom(wsdl), [{ a: "1" }, { a: "2" }], options, { batched: true })).toBe(
      '<n1:n xmlns:n1="urn:t">x</n1:n><n1:req xmlns:n1="urn:t"><n1:v><n1:a>1</n1:a></n1:v><n1:v><n1:a>2</n1:a></n1:v></n1:req>',
    );
  });

  it("may be a part that has a type, which is an element of the part's name", async () => {
    const type = `<xs:complexType name="T"><xs:sequence>${text("a")}</xs:sequence></xs:complexType>`;
    const contract = await contractFrom(wsdlOf(type, { message: '<part name="x" type="t:T"/>' }));
    expect(bodyBy(contract, { x: { a: "1" } })).toBe('<x xmlns:n1="urn:t"><n1:a>1</n1:a></x>');
  });

  it("may be any elements, by the type that .NET has for that", async () => {
    const any =
      '<xs:complexType name="MessageBody"><xs:sequence><xs:any namespace="##any"/></xs:sequence></xs:complexType>';
    const types = `<xs:schema targetNamespace="http://schemas.microsoft.com/Message">${any}</xs:schema>`;
    const message = '<part xmlns:m="http://schemas.microsoft.com/Message" name="m" type="m:MessageBody"/>';
    const contract = await contractFrom(wsdlOf(text("v"), { types, message }));
    expect(bodyBy(contract, { "#any": { v: "1" } })).toBe('<n1:v xmlns:n1="urn:t">1</n1:v>');
  });

  it("may be two elements of one name, which fields cannot tell apart", async () => {
    const types = '<xs:schema targetNamespace="urn:u"><xs:element name="v" type="xs:string"/></xs:schema>';
    const message = '<part name="p" element="t:v"/><part xmlns:u="urn:u" name="q" element="u:v"/>';
    expect(bodyBy(await contractFrom(wsdlOf(text("v"), { types, message })), { v: "1" })).toContain(
      "cannot be used: a type has two elements named v",
    );
  });

  it("may be all there is: a body without anything", async () => {
    const empty = wsdlOf(sequence(text("v"))).replace('<part name="p" element="t:req"/>', "");
    const contract = await contractFrom(empty);
    expect(bodyBy(contract, {})).toBe("");
    expect(bodyBy(contract, { v: "1" })).toBe("v is no element of op");
  });
});

describe("a schema that refers to itself, or to what refers to others twice, costs no more than its size", () => {
  const levels = Array.from({ length: 60 }, (_, n) => n);
  const twice = (n: number) =>
    ["a", "b"]
      .map(
        (name) =>
          `<xs:element name="${name}"><xs:complexType><xs:sequence><xs:element ref="t:e${n + 1}" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>`,
      )
      .join("");

  it("with elements in elements", async () => {
    const elements = levels.map(
      (n) =>
        `<xs:element name="e${n}"><xs:complexType><xs:choice>${twice(n)}</xs:choice></xs:complexType></xs:element>`,
    );
    const last = '<xs:element name="e60" type="xs:string"/>';
    const contract = await contractFrom(wsdlOf(`${sequence('<xs:element ref="t:e0"/>')}${elements.join("")}${last}`));
    expect(bodyBy(contract, { e0: { b: { e1: { a: {} } } } })).toContain(
      "<n1:e0><n1:b><n1:e1><n1:a></n1:a></n1:e1></n1:b></n1:e0>",
    );
  });

  it.each(["sequence", "choice"])("with groups in groups, each a %s", async (kind) => {
    const group = (n: number) => `<xs:group ref="t:g${n + 1}" minOccurs="0"/>`;
    const groups = levels.map(
      (n) => `<xs:group name="g${n}"><xs:${kind}>${group(n)}${group(n)}</xs:${kind}></xs:group>`,
    );
    const last = `<xs:group name="g60"><xs:sequence>${text("v")}</xs:sequence></xs:group>`;
    const wsdl = wsdlOf(`${requestOf(`<xs:sequence>${group(-1)}</xs:sequence>`)}${groups.join("")}${last}`);
    const outcome = kind === "choice" ? "<n1:v>1</n1:v>" : "v is the name of two elements of req";
    expect(bodyBy(await contractFrom(wsdl), { v: "1" })).toContain(outcome);
  });

  it("with bases, groups of attributes and types without end", async () => {
    const loop = `<xs:complexType name="L"><xs:complexContent><xs:extension base="t:L"/></xs:complexContent></xs:complexType>
      <xs:attributeGroup name="G"><xs:attributeGroup ref="t:G"/></xs:attributeGroup><xs:element name="s" substitutionGroup="t:s"/>`;
    const optional = `${text("v")}<xs:element name="l" type="t:L" minOccurs="0"/><xs:element ref="t:s" minOccurs="0"/>`;
    const contract = await contractFrom(wsdlOf(`${sequence(optional)}${loop}`));
    expect(bodyBy(contract, { v: "1" })).toContain("<n1:v>1</n1:v>");
    expect(bodyBy(contract, { v: "1", l: {} })).toBe(
      "l cannot be expressed: the types refer to each other without end",
    );
  });

  it("with a document that is deeper than any parser reads", async () => {
    const node = `<xs:element name="node"><xs:complexType><xs:sequence><xs:element ref="t:node" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>`;
    const contract = await contractFrom(wsdlOf(`${sequence('<xs:element ref="t:node"/>')}${node}`));
    let document: WireValue = {};
    for (let depth = 0; depth < 1_000; depth += 1) document = { node: document };
    expect(bodyBy(contract, document)).toMatch(/is nested more than 200 deep$/);
  });
});
