import { escapeAttribute, escapeText, fitsXml } from "../xml/escape.ts";
import { fragmentsOf } from "../xml/fragment.ts";
import { keyOf, localName, namespaceIn, namespaces } from "../xml/names.ts";
import { deepest, XmlError } from "../xml/read-xml.ts";
import type { Shapes } from "./complex-types.ts";
import { plainDigits } from "./decimals.ts";
import { type AnyElement, isFields, isWritten, join, type Writable } from "./given.ts";
import type { ElementShape, Wildcard } from "./shapes.ts";

interface AnyPen {
  readonly shapes: Shapes | undefined;
  /** A name with its prefix. */
  readonly name: (namespace: string, name: string) => string;
  readonly misfit: (place: string, reason: string) => void;
  readonly element: (shape: ElementShape, value: Writable, place: string) => string;
}

const ncName = /^[\p{L}_][\p{L}\p{N}\p{M}._-]{0,255}$/u;

/** Writes what a schema leaves open: elements of wildcards, and types that may hold anything. */
export class AnyWriter {
  readonly #pen: AnyPen;
  #depth = 0;

  constructor(pen: AnyPen) {
    this.#pen = pen;
  }

  /** A text is XML; of an object each member is an element, by the schema that declares it if one does. */
  elements(value: Writable, place: string, wildcards: readonly Wildcard[]): readonly AnyElement[] {
    const at = join(place, "#any");
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.flatMap((one) => this.elements(one, place, wildcards));
    if (typeof value === "string") return this.#fragments(value, at);
    if (isFields(value)) return Object.entries(value).flatMap(([name, one]) => this.#member(name, one, at, wildcards));
    this.#pen.misfit(at, "is neither XML nor an object of elements");
    return [];
  }

  /** What an element holds whose type may be anything, from its attributes on. */
  content(value: Writable, place: string): string {
    if (this.#depth > deepest) {
      this.#pen.misfit(place, `is nested more than ${deepest} deep`);
      return ">";
    }
    if (value === null || value === undefined) return ` ${this.#pen.name(namespaces.xsi, "nil")}="true">`;
    if (!isFields(value)) return `>${this.#text(value, place)}`;
    this.#depth += 1;
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    const attributes = entries.filter(([name]) => name.startsWith("@") && name !== "@xsi:type");
    const children = entries.filter(([name]) => !name.startsWith("@"));
    const written = children.map(([name, one]) => {
      if (name === "#text") return this.#text(one, place);
      if (name === "#any")
        return this.elements(one, place, [open])
          .map(({ xml }) => xml)
          .join("");
      return this.#children(name, one, place);
    });
    this.#depth -= 1;
    return `${this.attributes(attributes, place)}>${written.join("")}`;
  }

  attributes(entries: readonly (readonly [field: string, value: Writable])[], place: string): string {
    const written = entries.map(([field, value]) => {
      if (value === null || value === undefined) return "";
      const name = this.#nameOf(field.slice(1));
      if (name === undefined || field === "@xsi:type") return "";
      return ` ${name}="${this.#text(value, place, escapeAttribute)}"`;
    });
    if (entries.some(([field]) => this.#nameOf(field.slice(1)) === undefined))
      this.#pen.misfit(place, "has a member that is no name of an attribute");
    return written.join("");
  }

  #children(name: string, value: Writable, place: string): string {
    const qualified = this.#nameOf(name);
    if (qualified === undefined) {
      this.#pen.misfit(place, "has a member that is no name of an element");
      return "";
    }
    const values: readonly Writable[] = Array.isArray(value) ? value : [value];
    return values.map((one) => `<${qualified}${this.content(one, place)}</${qualified}>`).join("");
  }

  #member(field: string, value: Writable, at: string, wildcards: readonly Wildcard[]): readonly AnyElement[] {
    const key = this.#keyOf(field, at, wildcards);
    if (key === undefined) return [];
    const namespace = namespaceIn(key);
    const isDeclared = this.#pen.shapes?.set.has("element", key) === true;
    const values: readonly Writable[] = Array.isArray(value) ? value : [value];
    return values.map((one) => {
      if (!isDeclared) return { namespace, isDeclared, xml: this.#children(key, one, at) };
      const shape = this.#pen.shapes?.elementOrReason(key);
      if (typeof shape === "object") return { namespace, isDeclared, xml: this.#pen.element(shape, one, at) };
      this.#pen.misfit(at, `has an element that ${shape}`);
      return { namespace, isDeclared, xml: "" };
    });
  }

  /** Without a namespace, the one element of that name which may stand there, or one without a namespace. */
  #keyOf(field: string, at: string, wildcards: readonly Wildcard[]): string | undefined {
    const { shapes } = this.#pen;
    if (!field.startsWith("{") && !field.includes(":")) {
      const named = shapes?.set.named("element", field) ?? [];
      const fitting = named.filter((key) => wildcards.some(({ allows }) => allows(namespaceIn(key))));
      if (fitting.length > 1)
        this.#pen.misfit(at, "has a member that is the name of several elements: {namespace}name tells them apart");
      return fitting.length > 1 ? undefined : (fitting[0] ?? keyOf("", field));
    }
    const [prefix = "", name = ""] = field.split(":", 2);
    const namespace = field.startsWith("{") ? undefined : shapes?.set.namespaceOf(prefix);
    if (field.startsWith("{")) return field;
    if (namespace === undefined) this.#pen.misfit(at, "has a member with a prefix that the WSDL does not know");
    return namespace === undefined ? undefined : keyOf(namespace, name);
  }

  #nameOf(field: string): string | undefined {
    const key = field.startsWith("{") ? field : keyOf("", field);
    const name = localName(key);
    if (field.startsWith("xml:")) return ncName.test(field.slice(4)) ? field : undefined;
    return ncName.test(name) ? this.#pen.name(namespaceIn(key), name) : undefined;
  }

  #fragments(text: string, at: string): readonly AnyElement[] {
    try {
      return fragmentsOf(text).map(({ namespace, name, xml }) => ({
        namespace,
        isDeclared: this.#pen.shapes?.set.has("element", keyOf(namespace, name)) === true,
        xml,
      }));
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      this.#pen.misfit(at, error.message);
      return [];
    }
  }

  #text(value: Writable, place: string, escaped = escapeText): string {
    if (value === null || value === undefined) return "";
    const text = typeof value === "number" ? plainDigits(value) : String(value);
    if (typeof value === "object" || isWritten(value))
      this.#pen.misfit(place, "has no single value where a text belongs");
    else if (!fitsXml(text)) this.#pen.misfit(place, "holds a character that XML cannot carry");
    else return escaped(text);
    return "";
  }
}

const open: Wildcard = { allows: () => true, isStrict: false };
