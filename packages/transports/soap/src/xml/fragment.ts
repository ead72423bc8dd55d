import sax from "sax";
import { escapeAttribute, escapeText, fitsXml } from "./escape.ts";
import { deepest, namespaceOf, type Prefixes, prefixesOf, splitName, standardPrefixes, XmlError } from "./read-xml.ts";

/** One element of a text, written anew. */
export interface Fragment {
  readonly namespace: string;
  readonly name: string;
  readonly xml: string;
}

/**
 * The elements that a text consists of, one after another, each good wherever it is put: without
 * comments, instructions and document types, and with every prefix declared in it. Throws
 * `XmlError`.
 */
export function fragmentsOf(text: string): readonly Fragment[] {
  const reading = new FragmentReading();
  // An element around them, so that there may be several.
  reading.write("<elements>");
  reading.write(text.replace(/^\ufeff?\s*<\?xml\s[^>]*\?>/, ""));
  return reading.end("</elements>");
}

class FragmentReading {
  readonly #parser = sax.parser(true, { position: false });
  readonly #found: Fragment[] = [];
  readonly #scopes: Prefixes[] = [];
  #isStarted = false;
  #root = { namespace: "", name: "" };
  #xml = "";

  constructor() {
    this.#parser.onerror = () => {
      throw new XmlError("is not well-formed XML");
    };
    this.#parser.ondoctype = () => {
      throw new XmlError("has a document type (DTD), which is refused");
    };
    this.#parser.onopentag = (tag) => this.#open(tag as sax.Tag);
    this.#parser.ontext = (part) => this.#add(part);
    this.#parser.oncdata = (part) => this.#add(part);
    this.#parser.onclosetag = (name) => this.#close(name);
  }

  write(part: string): void {
    this.#parser.write(part);
  }

  end(last: string): readonly Fragment[] {
    this.#parser.write(last).close();
    if (!this.#found.every(({ xml }) => fitsXml(xml))) throw new XmlError("holds a character that XML cannot carry");
    return this.#found;
  }

  #open(tag: sax.Tag): void {
    const outer = this.#scopes.at(-1);
    if (outer === undefined) {
      if (this.#isStarted) throw new XmlError("is not well-formed XML");
      this.#isStarted = true;
      this.#scopes.push(standardPrefixes);
      return;
    }
    if (this.#scopes.length > deepest) throw new XmlError(`has elements more than ${deepest} deep`);
    const attributes = Object.entries(tag.attributes);
    const prefixes = prefixesOf(attributes, outer);
    const { prefix, local } = splitName(tag.name);
    const namespace = prefix === undefined ? (prefixes[""] ?? "") : namespaceOf(prefix, prefixes);
    for (const [name] of attributes) {
      const { prefix } = splitName(name);
      if (prefix !== undefined && prefix !== "xmlns") namespaceOf(prefix, prefixes);
    }
    if (this.#scopes.length === 1) this.#root = { namespace, name: local };
    this.#scopes.push(prefixes);
    this.#xml += `<${tag.name}${attributes.map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`).join("")}>`;
  }

  #add(part: string): void {
    if (this.#scopes.length > 1) this.#xml += escapeText(part);
    else if (part.trim() !== "") throw new XmlError("is a text, and no elements");
  }

  #close(name: string): void {
    this.#scopes.pop();
    if (this.#scopes.length === 0) return;
    this.#xml += `</${name}>`;
    if (this.#scopes.length > 1) return;
    this.#found.push({ ...this.#root, xml: this.#xml });
    this.#xml = "";
  }
}
