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
  const parser = sax.parser(true, { xmlns: true, position: false });
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
    const element = opened(tag as sax.QualifiedTag);
    const parent = stack.at(-1);
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

function opened(tag: sax.QualifiedTag): OpenElement {
  const attributes = new Map<string, string>();
  for (const { uri, local, prefix, value } of Object.values(tag.attributes)) {
    if (prefix === "xmlns" || (prefix === "" && local === "xmlns")) continue;
    attributes.set(uri === "" || prefix === "" ? local : `{${uri}}${local}`, value);
  }
  return { namespace: tag.uri, name: tag.local, attributes, children: [], text: "", prefixes: tag.ns };
}

export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.namespace === namespace && child.name === name);
}

export function childOf(element: XmlElement, namespace: string, name: string): XmlElement | undefined {
  return element.children.find((child) => child.namespace === namespace && child.name === name);
}
