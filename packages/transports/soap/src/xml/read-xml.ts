import { setImmediate } from "node:timers/promises";
import sax from "sax";
import { keyOf } from "./names.ts";

/** One element of a document. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  /** Without namespace declarations; those of another namespace than none are named `{namespace}name`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The texts in it, joined; not those of its children. */
  readonly text: string;
  /** What a prefix stands for here; `""` is the default namespace. */
  readonly prefixes: { readonly [prefix: string]: string };
}

/** Why a text is no document that we read. It holds nothing of the text. */
export class XmlError extends Error {
  override readonly name = "XmlError";
}

// Far beyond any message; each level costs memory, and a byte or two of a hostile answer.
export const deepest = 200;
// One turn of a long document: 16 KiB of the smallest elements take about 20 ms.
const turnLength = 16_384;

/**
 * How much may still be read, of one document or of several together. An element of four bytes
 * costs some 500 bytes of memory, so that bytes alone are no bound. The largest descriptions that
 * were met have 100,000 elements.
 */
export class XmlRoom {
  #elements = 200_000;
  #attributes = 400_000;

  /** Throw `XmlError`. */
  takeElement(): void {
    this.#elements -= 1;
    if (this.#elements < 0) throw new XmlError("has too many elements");
  }

  takeAttribute(): void {
    this.#attributes -= 1;
    if (this.#attributes < 0) throw new XmlError("has too many attributes");
  }
}

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** Throws `XmlError`. Document types are refused, and with them entities and whatever they could fetch or blow up to. */
export function readXml(text: string): XmlElement {
  const reading = new XmlReading(new XmlRoom());
  reading.write(withoutMark(text));
  return reading.end();
}

/**
 * As `readXml`, with turns for everybody else between: for documents of megabytes. Rejects with
 * `XmlError`. With `hasDocumentType` one may be there: the namespaces that its attribute lists
 * declare count, and nothing else of it. Its entities stay unknown, and nothing is fetched for it.
 */
export async function readXmlInTurns(text: string, room: XmlRoom, hasDocumentType = false): Promise<XmlElement> {
  const reading = new XmlReading(room, hasDocumentType);
  const content = withoutMark(text);
  for (let at = 0; at < content.length; at += turnLength) {
    if (at > 0) await setImmediate();
    reading.write(content.slice(at, at + turnLength));
  }
  return reading.end();
}

function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, "");
}

/** By the name of the element: attributes that declare a namespace, and its address. */
type DeclaredNamespaces = ReadonlyMap<string, readonly (readonly [name: string, namespace: string])[]>;

// XML-Signature's, the one that is often met, has 400 characters.
const longestDocumentType = 16_384;

/** Any processor, validating or not, applies the attribute lists of a document type's own part. */
function namespacesDeclaredIn(content: string): DeclaredNamespaces {
  if (content.length > longestDocumentType) throw new XmlError("has a document type (DTD) of more than 16 KiB");
  const found = new Map<string, (readonly [string, string])[]>();
  const lists = content.replace(/<!--.*?-->/gs, "").matchAll(/<!ATTLIST\s+([\w:.-]{1,100})([^>]{0,1000})>/g);
  for (const [, element = "", attributes = ""] of lists) {
    const named = attributes.matchAll(
      /\s(xmlns(?::[\w.-]{1,100})?)\s+CDATA\s+(?:#FIXED\s+)?(?:"([^"&<]*)"|'([^'&<]*)')/g,
    );
    const declared = [...named].map(([, name = "", quoted, single]) => [name, quoted ?? single ?? ""] as const);
    found.set(element, [...(found.get(element) ?? []), ...declared]);
  }
  return found;
}

class XmlReading {
  // Namespaces are resolved here: sax' own way looks through all attributes of a tag for each, 6 s for 600 KB of them.
  readonly #parser = sax.parser(true, { position: false });
  readonly #stack: OpenElement[] = [];
  readonly #room: XmlRoom;
  #declared: DeclaredNamespaces = new Map();
  #root: XmlElement | undefined;

  constructor(room: XmlRoom, hasDocumentType = false) {
    this.#room = room;
    const parser = this.#parser;
    parser.ondoctype = (content) => {
      if (!hasDocumentType) throw new XmlError("has a document type (DTD), which is refused");
      this.#declared = namespacesDeclaredIn(content);
    };
    parser.onerror = () => {
      throw new XmlError("is not well-formed XML");
    };
    parser.onattribute = () => room.takeAttribute();
    parser.onopentag = (tag) => this.#open(tag as sax.Tag);
    parser.ontext = (part) => this.#add(part);
    parser.oncdata = (part) => this.#add(part);
    parser.onclosetag = () => this.#stack.pop();
  }

  write(part: string): void {
    this.#parser.write(part);
  }

  end(): XmlElement {
    this.#parser.close();
    if (this.#root === undefined) throw new XmlError("is not well-formed XML");
    return this.#root;
  }

  #open(tag: sax.Tag): void {
    if (this.#stack.length >= deepest) throw new XmlError(`has elements more than ${deepest} deep`);
    this.#room.takeElement();
    const parent = this.#stack.at(-1);
    const element = opened(tag, parent?.prefixes ?? standardPrefixes, this.#declared.get(tag.name) ?? []);
    if (parent === undefined && this.#root !== undefined) throw new XmlError("has a second root");
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
    this.#stack.push(element);
  }

  #add(part: string): void {
    const top = this.#stack.at(-1);
    if (top !== undefined) top.text += part;
  }
}

export type Prefixes = XmlElement["prefixes"];

export const standardPrefixes: Prefixes = Object.assign(Object.create(null), {
  xml: "http://www.w3.org/XML/1998/namespace",
});

function opened(tag: sax.Tag, outer: Prefixes, byDefault: readonly (readonly [string, string])[]): OpenElement {
  const own = Object.entries(tag.attributes);
  const given = byDefault.length === 0 ? own : [...byDefault.filter(([name]) => !(name in tag.attributes)), ...own];
  const prefixes = prefixesOf(given, outer);
  const attributes = new Map<string, string>();
  for (const [qualified, value] of given) {
    if (qualified === "xmlns" || qualified.startsWith("xmlns:")) continue;
    const { prefix, local } = splitName(qualified);
    attributes.set(prefix === undefined ? local : `{${namespaceOf(prefix, prefixes)}}${local}`, value);
  }
  const { prefix, local } = splitName(tag.name);
  const namespace = prefix === undefined ? (prefixes[""] ?? "") : namespaceOf(prefix, prefixes);
  return { namespace, name: local, attributes, children: [], text: "", prefixes };
}

export function prefixesOf(attributes: readonly (readonly [name: string, value: string])[], outer: Prefixes): Prefixes {
  const own = attributes.filter(([name]) => name === "xmlns" || name.startsWith("xmlns:"));
  if (own.length === 0) return outer;
  const prefixes: { [prefix: string]: string } = Object.create(outer);
  for (const [name, value] of own) prefixes[name.slice("xmlns:".length)] = value;
  return prefixes;
}

export function splitName(qualified: string): { readonly prefix: string | undefined; readonly local: string } {
  const at = qualified.indexOf(":");
  if (at < 0) return { prefix: undefined, local: qualified };
  return { prefix: qualified.slice(0, at), local: qualified.slice(at + 1) };
}

export function namespaceOf(prefix: string, prefixes: Prefixes): string {
  const namespace = prefixes[prefix];
  if (namespace === undefined) throw new XmlError("uses a prefix that is not declared");
  return namespace;
}

// Of short lists the search is quicker than the index.
const indexedFrom = 16;
const indexes = new WeakMap<XmlElement, ReadonlyMap<string, readonly XmlElement[]>>();

/** Quick for any number of children: descriptions name the same elements over and over. */
export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  if (element.children.length < indexedFrom)
    return element.children.filter((child) => child.namespace === namespace && child.name === name);
  const index = indexes.get(element) ?? indexOf(element);
  indexes.set(element, index);
  return index.get(keyOf(namespace, name)) ?? [];
}

function indexOf({ children }: XmlElement): ReadonlyMap<string, readonly XmlElement[]> {
  const index = new Map<string, XmlElement[]>();
  for (const child of children) {
    const key = keyOf(child.namespace, child.name);
    const known = index.get(key);
    if (known === undefined) index.set(key, [child]);
    else known.push(child);
  }
  return index;
}

export function childOf(element: XmlElement, namespace: string, name: string): XmlElement | undefined {
  return childrenOf(element, namespace, name)[0];
}
