import type { WireValue } from "@syncline/core/spi";
import { Fault } from "./template-slots.ts";

export interface XmlShape {
  /** The root element. */
  readonly root: string;
  /** Of a list: the element of each item, in the root. */
  readonly item?: string;
  /** The namespace of all elements. */
  readonly namespace?: string;
}

const mostDepth = 100;
/** Without a prefix, and nothing that begins with `xml`: names that need no declaration. */
const elementName = /^(?!xml)[\p{L}_][\p{L}\p{M}\p{N}_.-]{0,255}$/iu;
// What XML 1.0 cannot carry, in whatever form.
const unfit = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;

export function isXmlName(value: unknown): value is string {
  return typeof value === "string" && elementName.test(value);
}

/**
 * A document as XML: members are elements in their order, a list repeats its element, `@name` is an attribute
 * and `#text` the text beside attributes, null an empty element. What XML cannot carry is refused, never
 * altered.
 */
export function writeXml(document: WireValue, { root, item, namespace }: XmlShape): string | Fault {
  const content = Array.isArray(document) ? { [item ?? "item"]: document } : document;
  const head = namespace === undefined ? "" : ` xmlns="${escapeAttribute(namespace)}"`;
  const written = element(root, content, head, 0);
  return typeof written === "string" ? `<?xml version="1.0" encoding="UTF-8"?>\n${written}` : written;
}

function element(name: string, value: WireValue, head: string, depth: number): string | Fault {
  if (depth > mostDepth) return new Fault(`the body is nested more than ${mostDepth} deep`);
  if (value === null) return `<${name}${head}/>`;
  if (typeof value !== "object") return around(name, head, escapeText(String(value)));
  let attributes = head;
  let content = "";
  for (const [member, entry] of Object.entries(value) as [string, WireValue][]) {
    if (member === "#text" || member.startsWith("@")) {
      if (typeof entry === "object" && entry !== null)
        return new Fault("the body has an attribute or a text that is no scalar");
      if (entry === null) continue;
      if (member === "#text") {
        const text = escapeText(String(entry));
        if (typeof text !== "string") return text;
        content += text;
        continue;
      }
      if (!isXmlName(member.slice(1))) return unfitName();
      const text = String(entry);
      if (unfit.test(text)) return unfitText();
      attributes += ` ${member.slice(1)}="${escapeAttribute(text)}"`;
      continue;
    }
    if (!isXmlName(member)) return unfitName();
    for (const one of Array.isArray(entry) ? entry : [entry]) {
      if (Array.isArray(one)) return new Fault("the body has a list in a list, which has no name in XML");
      const written = element(member, one, "", depth + 1);
      if (typeof written !== "string") return written;
      content += written;
    }
  }
  return content === "" ? `<${name}${attributes}/>` : around(name, attributes, content);
}

function around(name: string, attributes: string, content: string | Fault): string | Fault {
  return typeof content === "string" ? `<${name}${attributes}>${content}</${name}>` : content;
}

function unfitName(): Fault {
  return new Fault("the body has a name that is no name of an XML element or attribute");
}

function unfitText(): Fault {
  return new Fault("the body has a character that XML cannot carry");
}

/** A carriage return would be read as a line feed. */
function escapeText(text: string): string | Fault {
  if (unfit.test(text)) return unfitText();
  return text.replace(/[&<>\r]/g, escaped);
}

/** Line feeds and tabs would be read as blanks. */
function escapeAttribute(text: string): string {
  return text.replace(/[&<>"\r\n\t]/g, escaped);
}

function escaped(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
