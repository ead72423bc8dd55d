import sax from "sax";

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
const deepest = 200;

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** Throws `XmlError`. Document types are refused, and with them entities and whatever they could fetch or blow up to. */
export function readXml(text: string): XmlElement {
  // Namespaces are resolved here: sax' own way looks through all attributes of a tag for each, 6 s for 600 KB of them.
  const parser = sax.parser(true, { position: false });
  const stack: OpenElement[] = [];
  let root: XmlElement | undefined;
  parser.ondoctype = () => {
    throw new XmlError("has a document type (DTD), which is refused");
  };
  parser.onerror = () => {
    throw new XmlError("is not well-formed XML");
  };
  parser.onopentag = (tag) => {
    if (stack.length >= deepest) throw new XmlError(`has elements more than ${deepest} deep`);
    const parent = stack.at(-1);
    const element = opened(tag as sax.Tag, parent?.prefixes ?? standard);
    if (parent === undefined && root !== undefined) throw new XmlError("has a second root");
    if (parent === undefined) root = element;
    else parent.children.push(element);
    stack.push(element);
  };
  const add = (part: string) => {
    const top = stack.at(-1);
    if (top !== undefined) top.text += part;
  };
  parser.ontext = add;
  parser.oncdata = add;
  parser.onclosetag = () => stack.pop();
  parser.write(text.replace(/^\ufeff/, "")).close();
  if (root === undefined) throw new XmlError("is not well-formed XML");
  return root;
}

type Prefixes = XmlElement["prefixes"];

const standard: Prefixes = Object.assign(Object.create(null), { xml: "http://www.w3.org/XML/1998/namespace" });

function opened(tag: sax.Tag, outer: Prefixes): OpenElement {
  const given = Object.entries(tag.attributes);
  const prefixes = declared(given, outer);
  const attributes = new Map<string, string>();
  for (const [qualified, value] of given) {
    if (qualified === "xmlns" || qualified.startsWith("xmlns:")) continue;
    const { prefix, local } = split(qualified);
    attributes.set(prefix === undefined ? local : `{${namespaceOf(prefix, prefixes)}}${local}`, value);
  }
  const { prefix, local } = split(tag.name);
  const namespace = prefix === undefined ? (prefixes[""] ?? "") : namespaceOf(prefix, prefixes);
  return { namespace, name: local, attributes, children: [], text: "", prefixes };
}

function declared(attributes: readonly (readonly [name: string, value: string])[], outer: Prefixes): Prefixes {
  const own = attributes.filter(([name]) => name === "xmlns" || name.startsWith("xmlns:"));
  if (own.length === 0) return outer;
  const prefixes: { [prefix: string]: string } = Object.create(outer);
  for (const [name, value] of own) prefixes[name.slice("xmlns:".length)] = value;
  return prefixes;
}

function split(qualified: string): { readonly prefix: string | undefined; readonly local: string } {
  const at = qualified.indexOf(":");
  if (at < 0) return { prefix: undefined, local: qualified };
  return { prefix: qualified.slice(0, at), local: qualified.slice(at + 1) };
}

function namespaceOf(prefix: string, prefixes: Prefixes): string {
  const namespace = prefixes[prefix];
  if (namespace === undefined) throw new XmlError("uses a prefix that is not declared");
  return namespace;
}

export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.namespace === namespace && child.name === name);
}

export function childOf(element: XmlElement, namespace: string, name: string): XmlElement | undefined {
  return element.children.find((child) => child.namespace === namespace && child.name === name);
}
