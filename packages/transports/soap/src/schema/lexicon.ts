import type { WireValue } from "@syncline/core/spi";
import { escapeAttribute } from "../xml/escape.ts";
import { keyOf, localName, namespaceIn, namespaces } from "../xml/names.ts";
import { type HexBinary, isQualified, type Lexical } from "./built-ins.ts";
import type { Shapes } from "./complex-types.ts";
import { type Encoding, encodingNamespaces } from "./encoded-arrays.ts";
import { type Fields, own, type Writable } from "./given.ts";
import type { ComplexShape, SimpleShape, TypeShape } from "./shapes.ts";
import { writeSimple } from "./write-simple.ts";

const anyType = keyOf(namespaces.xsd, "anyType");

/** The names of one message, their prefixes, and the values that depend on them. */
export class Lexicon {
  readonly #prefixes = new Map<string, string>();
  readonly #shapes: Shapes | undefined;
  readonly #hexBinary: HexBinary | undefined;
  readonly #encoding: Encoding;

  constructor(shapes: Shapes | undefined, hexBinary: HexBinary | undefined, encoding: Encoding = "1.1") {
    this.#shapes = shapes;
    this.#hexBinary = hexBinary;
    this.#encoding = encoding;
  }

  /** Declares every prefix that was used. */
  get declarations(): string {
    return [...this.#prefixes].map(([uri, prefix]) => ` xmlns:${prefix}="${escapeAttribute(uri)}"`).join("");
  }

  name(namespace: string, name: string): string {
    if (namespace === "") return name;
    if (namespace === namespaces.xml) return `xml:${name}`;
    const kept = this.#prefixes.get(namespace);
    const prefix = kept ?? (namespace === namespaces.xsi ? "xsi" : `n${this.#prefixes.size + 1}`);
    if (kept === undefined) this.#prefixes.set(namespace, prefix);
    return `${prefix}:${name}`;
  }

  lexical(type: SimpleShape, value: Writable): Lexical {
    if (value === undefined) return { reason: "is missing" };
    if (type.item !== undefined && isQualified(type.item.builtIn)) return this.#names(type.item, value);
    if (!isQualified(type.builtIn)) return writeSimple(type, value as WireValue, this.#hexBinary);
    const key = this.#keyOf(type, value);
    const written = key === undefined ? { reason: "has a prefix that the WSDL does not know" } : writeSimple(type, key);
    return "reason" in written ? written : { text: this.#nameOf(written.text) };
  }

  #names(item: SimpleShape, value: Writable): Lexical {
    const written: readonly Lexical[] = (Array.isArray(value) ? value : String(value).split(" ")).map((one) =>
      this.lexical(item, one),
    );
    const misfit = written.find((one) => "reason" in one);
    return misfit ?? { text: written.map((one) => ("text" in one ? one.text : "")).join(" ") };
  }

  /** The attribute by which an element tells its type; none for a type without a name. */
  toldType(type: TypeShape): string {
    const isArray = type.kind === "complex" && type.entry !== undefined;
    const key = isArray ? keyOf(encodingNamespaces[this.#encoding], "Array") : type.typeName;
    return key === undefined || key === anyType ? "" : ` ${this.name(namespaces.xsi, "type")}="${this.#nameOf(key)}"`;
  }

  /** By which SOAP's encoding tells of an array what its entries are, and how many. */
  arrayType({ entry }: ComplexShape, fields: Fields): string {
    const values = entry === undefined ? undefined : own(fields, entry.name);
    const count = Array.isArray(values) ? values.length : Number(values !== undefined && values !== null);
    const namespace = encodingNamespaces[this.#encoding];
    const inner = entry?.type.kind === "complex" ? entry.type.entry : undefined;
    if (this.#encoding === "1.2") {
      const item = inner === undefined ? (entry?.type.typeName ?? anyType) : keyOf(namespace, "Array");
      return ` ${this.name(namespace, "itemType")}="${this.#nameOf(item)}" ${this.name(namespace, "arraySize")}="${count}"`;
    }
    const named = this.#nameOf((inner ?? entry)?.type.typeName ?? anyType);
    const dimensions = inner === undefined ? "" : "[]";
    return ` ${this.name(namespace, "arrayType")}="${named}${dimensions}[${count}]"`;
  }

  /** A name as a key: by its own namespace, by a prefix of the WSDL, or by that of the one name that is allowed. */
  #keyOf({ facets }: SimpleShape, value: Writable): string | undefined {
    const text = String(value);
    if (text.startsWith("{")) return text;
    const [, prefix, name = text] = /^([^:]*):(.*)$/s.exec(text) ?? [];
    if (prefix !== undefined) {
      const namespace = this.#shapes?.set.namespaceOf(prefix);
      return namespace === undefined ? undefined : keyOf(namespace, name);
    }
    const allowed = facets.flatMap(({ enumeration = [] }) => enumeration.filter((key) => localName(key) === name));
    return allowed[0] ?? keyOf("", name);
  }

  #nameOf(key: string): string {
    return this.name(namespaceIn(key), localName(key));
  }
}
