import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { shownUrl } from "@syncline/core/transport-kit";
import { namespaces } from "../xml/names.ts";
import { childOf, childrenOf, readXmlInTurns, type XmlElement, XmlError, XmlRoom } from "../xml/read-xml.ts";

/** What is wrong with a WSDL, in words that follow its name. */
export class WsdlError extends Error {
  override readonly name = "WsdlError";
}

/** A file is not there. */
export class MissingFileError extends WsdlError {}

/**
 * The text at a path or a URL, of at most so many bytes. Rejects with `WsdlError`, or with whatever
 * means that it cannot be had at present.
 */
export type ReadText = (location: string, mostBytes: number) => Promise<string>;

export interface SchemaDocument {
  readonly namespace: string;
  readonly root: XmlElement;
}

/** A WSDL with everything it imports. */
export interface WsdlDocuments {
  readonly definitions: readonly XmlElement[];
  readonly schemas: readonly SchemaDocument[];
  /** Imports from elsewhere, with what can be done: nothing is fetched for them. */
  readonly unread: readonly string[];
}

/** Files in place of imports, by the URL or the namespace that an import names. */
export type ImportMap = { readonly [urlOrNamespace: string]: string };

const most = 500;
// Of all documents together: the largest description that was met has 5 MB.
const mostBytes = 16 << 20;

// Everybody knows these, and nobody can say anything in a message with them that we would not refuse.
const wellKnown: ReadonlySet<string> = new Set([
  namespaces.xsd,
  namespaces.soap11,
  namespaces.soap12,
  namespaces.xml,
  namespaces.encoding,
  "http://www.w3.org/2003/05/soap-encoding",
]);

/** Reads each document once, in the order of its imports. Rejects as `read` does, and with `WsdlError`. */
export async function readDocuments(location: string, read: ReadText, imports: ImportMap = {}): Promise<WsdlDocuments> {
  const reading = new Reading(read, imports);
  await reading.definitionsAt(location);
  return reading;
}

class Reading implements WsdlDocuments {
  readonly definitions: XmlElement[] = [];
  readonly schemas: SchemaDocument[] = [];
  readonly unread: string[] = [];
  readonly #imports: ImportMap;
  readonly #seen = new Set<string>();
  /** Files that the options name: these must be there. */
  readonly #named = new Set<string>();
  readonly #read: ReadText;
  readonly #room = new XmlRoom();
  #bytes = mostBytes;

  constructor(read: ReadText, imports: ImportMap) {
    this.#read = read;
    this.#imports = imports;
  }

  async definitionsAt(location: string): Promise<void> {
    if (this.#isSeen(location)) return;
    const root = await this.#parse(location, false);
    if (root.namespace === namespaces.xsd && root.name === "schema") {
      await this.#schema(root, location, undefined);
      return;
    }
    if (root.namespace !== namespaces.wsdl || root.name !== "definitions")
      throw new WsdlError(`${shownUrl(location)} is no WSDL 1.1: its root element is ${shownName(root)}`);
    this.definitions.push(root);
    const types = childOf(root, namespaces.wsdl, "types");
    for (const schema of types === undefined ? [] : childrenOf(types, namespaces.xsd, "schema"))
      await this.#schema(schema, location, undefined);
    for (const { attributes } of childrenOf(root, namespaces.wsdl, "import")) {
      const target = this.#locate(location, attributes.get("location"), attributes.get("namespace"));
      if (target !== undefined) await this.#imported(target, () => this.definitionsAt(target));
    }
  }

  /** `within`: the namespace of the schema that includes this one, which is its own if it names none. */
  async #schema(root: XmlElement, location: string, within: string | undefined): Promise<void> {
    const namespace = root.attributes.get("targetNamespace") ?? within ?? "";
    this.schemas.push({ namespace, root });
    for (const { name, attributes } of root.children) {
      const isInclude = name === "include" || name === "redefine";
      if (!isInclude && name !== "import") continue;
      const imported = isInclude ? undefined : attributes.get("namespace");
      const target = this.#locate(location, attributes.get("schemaLocation"), imported);
      const within = isInclude ? namespace : undefined;
      if (target !== undefined) await this.#imported(target, () => this.#schemaAt(target, within));
    }
  }

  /** A description that was saved by hand often lacks what it imports, and few of its operations need it. */
  async #imported(location: string, read: () => Promise<void>): Promise<void> {
    const readBefore = this.definitions.length + this.schemas.length;
    try {
      await read();
    } catch (error) {
      // Below an import, each has said so itself.
      const isThis = readBefore === this.definitions.length + this.schemas.length;
      if (!(error instanceof MissingFileError) || !isThis || this.#named.has(location)) throw error;
      this.unread.push(`${location}, which is not there (\`imports\` can name another file)`);
    }
  }

  /** Where an import is to be read, if it is. */
  #locate(from: string, target: string | undefined, namespace: string | undefined): string | undefined {
    const url = target !== undefined && URL.canParse(target, isUrl(from) ? from : undefined) ? target : undefined;
    const absolute = url === undefined ? undefined : new URL(url, isUrl(from) ? from : undefined).href;
    for (const key of [target, absolute, namespace]) {
      if (key === undefined || !Object.hasOwn(this.#imports, key)) continue;
      const named = resolve(this.#imports[key] ?? "");
      this.#named.add(named);
      return named;
    }
    if (target === undefined || (namespace !== undefined && wellKnown.has(namespace))) return undefined;
    const found = resolveLocation(from, target);
    if (typeof found === "string") return found;
    this.unread.push(found.unread);
    return undefined;
  }

  async #schemaAt(location: string, within: string | undefined): Promise<void> {
    if (this.#isSeen(`${location} ${within ?? ""}`)) return;
    const root = await this.#parse(location, true);
    if (root.namespace !== namespaces.xsd || root.name !== "schema")
      throw new WsdlError(`${shownUrl(location)} is no XML schema: its root element is ${shownName(root)}`);
    await this.#schema(root, location, within);
  }

  #isSeen(key: string): boolean {
    if (this.#seen.has(key)) return true;
    if (this.#seen.size >= most) throw new WsdlError(`imports more than ${most} documents`);
    this.#seen.add(key);
    return false;
  }

  async #parse(location: string, hasDocumentType: boolean): Promise<XmlElement> {
    const text = await this.#read(location, this.#bytes);
    this.#bytes -= Buffer.byteLength(text);
    if (this.#bytes < 0) throw tooLarge(location);
    try {
      return await readXmlInTurns(text, this.#room, hasDocumentType);
    } catch (error) {
      if (error instanceof XmlError) throw new WsdlError(`${shownUrl(location)} ${error.message}`);
      throw error;
    }
  }
}

/** All documents of a description together are larger than what is read of one. */
export function tooLarge(location: string): WsdlError {
  return new WsdlError(
    `${shownUrl(location)} makes it larger than ${mostBytes >> 20} MiB, which is the most that is read`,
  );
}

const isUrl = (text: string): boolean => /^https?:/i.test(text);

/** A file imports files, a URL imports from where it came itself: a description cannot make us ask anybody else. */
function resolveLocation(from: string, target: string): string | { readonly unread: string } {
  if (isUrl(from)) {
    const url = URL.canParse(target, from) ? new URL(target, from) : undefined;
    if (url?.origin === new URL(from).origin) return url.href;
    return { unread: `${shownUrl(target)}, which is elsewhere (\`imports\` can name a file in its place)` };
  }
  if (isUrl(target)) return { unread: `${shownUrl(target)} (\`imports\` can name a file in its place)` };
  return target.startsWith("file:") ? fileURLToPath(target) : resolve(dirname(from), decodeURIComponent(target));
}

function shownName({ namespace, name }: XmlElement): string {
  return namespace === "" ? name : `${name} of the namespace ${namespace.slice(0, 200)}`;
}
