import { keyOf, namespaces, resolveName } from "../xml/names.ts";
import { childOf, childrenOf, type XmlElement } from "../xml/read-xml.ts";
import { type WsdlDocuments, WsdlError } from "./documents.ts";
import { inputNameOf, pairsOf } from "./overloads.ts";

export type SoapVersion = "1.1" | "1.2";

export interface MessagePart {
  readonly name: string;
  /** Keys of the schema; one of them. */
  readonly element: string | undefined;
  readonly type: string | undefined;
}

/** A part that stands in the envelope's header. */
export interface HeaderPart extends MessagePart {
  readonly isEncoded: boolean;
}

export interface Message {
  /** Those in the body. */
  readonly parts: readonly MessagePart[];
  readonly headers: readonly HeaderPart[];
  /** Parts of it travel beside the envelope. */
  readonly hasAttachments: boolean;
  /** Of the wrapper around RPC's parts. */
  readonly namespace: string;
}

/** An operation as one port offers it. */
export interface BoundOperation {
  /** Empty where the description has none, and `port` then is the binding's name. */
  readonly service: string;
  readonly port: string;
  readonly name: string;
  /** Of several operations of one name in one port: what tells this one from the others. */
  readonly inputName: string | undefined;
  /** As a key. */
  readonly message: string;
  readonly address: string | undefined;
  readonly version: SoapVersion;
  readonly style: "document" | "rpc";
  readonly isEncoded: boolean;
  readonly action: string;
  readonly input: Message;
  readonly output: Message | undefined;
}

const { wsdl, wsdlSoap11, wsdlSoap12, wsdlMime } = namespaces;
const versions: readonly (readonly [namespace: string, version: SoapVersion])[] = [
  [wsdlSoap11, "1.1"],
  [wsdlSoap12, "1.2"],
];

// Of all ports together. The largest description that was met has 900.
const mostOperations = 10_000;
const mostParts = 200;

/** All operations of all ports that speak SOAP, in the WSDL's order. Throws `WsdlError`. */
export function readBindings(documents: WsdlDocuments): readonly BoundOperation[] {
  const index = new Index(documents.definitions);
  const bindings = new Map<XmlElement, readonly Bound[]>();
  const found: BoundOperation[] = [];
  for (const definitions of documents.definitions) {
    for (const service of childrenOf(definitions, wsdl, "service")) {
      for (const port of childrenOf(service, wsdl, "port")) {
        const binding = index.get("binding", port, "binding");
        if (binding === undefined) continue;
        const operations = bindings.get(binding) ?? operationsOf(index, binding);
        bindings.set(binding, operations);
        if (found.length + operations.length > mostOperations)
          throw new WsdlError(`has more than ${mostOperations} operations`);
        for (const { soap, ...operation } of operations) {
          const address = childOf(port, soap, "address")?.attributes.get("location")?.trim();
          found.push({
            ...operation,
            address,
            service: attributeOf(service, "name"),
            port: attributeOf(port, "name"),
          });
        }
      }
    }
  }
  return found.length > 0 ? found : withoutService(documents, index);
}

/** What is to be called at an address that whoever installs it knows: bindings, and no service. */
function withoutService({ definitions }: WsdlDocuments, index: Index): readonly BoundOperation[] {
  const bindings = definitions.flatMap((one) => childrenOf(one, wsdl, "binding"));
  const found = bindings.flatMap((binding) => {
    const place = { service: "", port: attributeOf(binding, "name"), address: undefined };
    return operationsOf(index, binding).map(({ soap: _, ...operation }) => ({ ...operation, ...place }));
  });
  if (found.length > mostOperations) throw new WsdlError(`has more than ${mostOperations} operations`);
  return found;
}

/** What may be told of in one document and named in another. */
class Index {
  readonly #found = new Map<string, XmlElement>();
  readonly #target = new Map<XmlElement, string>();
  readonly #parts = new Map<XmlElement, readonly MessagePart[]>();

  constructor(all: readonly XmlElement[]) {
    for (const definitions of all) {
      const namespace = attributeOf(definitions, "targetNamespace");
      for (const node of definitions.children) {
        if (node.namespace !== wsdl) continue;
        this.#found.set(`${node.name} ${keyOf(namespace, attributeOf(node, "name"))}`, node);
        this.#target.set(node, namespace);
      }
    }
  }

  get(kind: "binding" | "portType" | "message", from: XmlElement, attribute: string): XmlElement | undefined {
    return this.#found.get(`${kind} ${resolveName(attributeOf(from, attribute), from.prefixes)}`);
  }

  /** Throws `WsdlError`. */
  partsOf(message: XmlElement): readonly MessagePart[] {
    const kept = this.#parts.get(message);
    if (kept !== undefined) return kept;
    const elements = childrenOf(message, wsdl, "part");
    if (elements.length > mostParts) throw new WsdlError(`has a message of more than ${mostParts} parts`);
    const parts = elements.map(partOf);
    this.#parts.set(message, parts);
    return parts;
  }

  namespaceOf(node: XmlElement): string {
    return this.#target.get(node) ?? "";
  }
}

/** An operation as its binding tells of it, for every port that uses the binding. */
type Bound = Omit<BoundOperation, "service" | "port" | "address"> & { readonly soap: string };

const emptyMessage: Message = { parts: [], headers: [], hasAttachments: false, namespace: "" };

function operationsOf(index: Index, binding: XmlElement): readonly Bound[] {
  const spoken = versions.find(([namespace]) => childOf(binding, namespace, "binding"));
  if (spoken === undefined) return [];
  const [soap, version] = spoken;
  const portType = index.get("portType", binding, "type");
  const declared = byName(portType === undefined ? [] : childrenOf(portType, wsdl, "operation"));
  const style = attributeOf(childOf(binding, soap, "binding"), "style");
  const found: Bound[] = [];
  for (const [name, operations] of byName(childrenOf(binding, wsdl, "operation"))) {
    for (const [operation, abstract] of pairsOf(operations, declared.get(name) ?? [])) {
      const details = childOf(operation, soap, "operation");
      const isRpc = (details?.attributes.get("style") ?? style) === "rpc";
      const isEncoded = ["input", "output"].some(
        (side) => bodyOf(operation, side, soap)?.attributes.get("use") === "encoded",
      );
      found.push({
        name,
        version,
        style: isRpc ? "rpc" : "document",
        isEncoded,
        action: attributeOf(details, "soapAction"),
        input: messageOf(index, binding, abstract, operation, "input", soap) ?? emptyMessage,
        output: messageOf(index, binding, abstract, operation, "output", soap),
        inputName: inputNameOf(abstract) ?? inputNameOf(operation),
        message: messageKeyOf(abstract),
        soap,
      });
    }
    if (found.length > mostOperations) throw new WsdlError(`has more than ${mostOperations} operations`);
  }
  return found;
}

function byName(operations: readonly XmlElement[]): ReadonlyMap<string, readonly XmlElement[]> {
  const found = new Map<string, XmlElement[]>();
  for (const operation of operations) {
    const name = attributeOf(operation, "name");
    const known = found.get(name);
    if (known === undefined) found.set(name, [operation]);
    else known.push(operation);
  }
  return found;
}

function messageOf(
  index: Index,
  binding: XmlElement,
  abstract: XmlElement,
  operation: XmlElement,
  side: "input" | "output",
  soap: string,
): Message | undefined {
  const declared = childOf(abstract, wsdl, side);
  if (declared === undefined) return undefined;
  const message = index.get("message", declared, "message");
  const body = bodyOf(operation, side, soap);
  const only = body?.attributes.get("parts")?.split(/\s+/);
  const parts = message === undefined ? [] : index.partsOf(message);
  const headers = headersOf(index, operation, side, soap);
  const aside = new Set(headers.map(({ part }) => part));
  return {
    parts: parts.filter((part) => (only === undefined ? !aside.has(part) : only.includes(part.name))),
    headers: headers.map(({ part, isEncoded }) => ({ ...part, isEncoded })),
    hasAttachments: boundOf(operation, side).some((node) => childOf(node, wsdlMime, "content") !== undefined),
    namespace: body?.attributes.get("namespace") ?? index.namespaceOf(binding),
  };
}

function messageKeyOf(operation: XmlElement): string {
  const input = childOf(operation, wsdl, "input");
  return input === undefined ? "" : resolveName(attributeOf(input, "message"), input.prefixes);
}

function headersOf(index: Index, operation: XmlElement, side: string, soap: string) {
  const headers = boundOf(operation, side).flatMap((node) => childrenOf(node, soap, "header"));
  return headers.flatMap((header) => {
    const message = index.get("message", header, "message");
    const name = attributeOf(header, "part");
    const part = message === undefined ? undefined : index.partsOf(message).find((one) => one.name === name);
    return part === undefined ? [] : [{ part, isEncoded: attributeOf(header, "use") === "encoded" }];
  });
}

function bodyOf(operation: XmlElement, side: string, soap: string): XmlElement | undefined {
  for (const node of boundOf(operation, side)) {
    const body = childOf(node, soap, "body");
    if (body !== undefined) return body;
  }
  return undefined;
}

/** Where a side's envelope and attachments are told: in itself, or in the parts of a MIME message. */
function boundOf(operation: XmlElement, side: string): readonly XmlElement[] {
  const own = childOf(operation, wsdl, side);
  if (own === undefined) return [];
  return [own, ...childrenOf(own, wsdlMime, "multipartRelated").flatMap((mime) => childrenOf(mime, wsdlMime, "part"))];
}

function partOf(part: XmlElement): MessagePart {
  const key = (attribute: string) => {
    const text = part.attributes.get(attribute);
    return text === undefined ? undefined : resolveName(text, part.prefixes);
  };
  return { name: attributeOf(part, "name"), element: key("element"), type: key("type") };
}

function attributeOf(node: XmlElement | undefined, name: string): string {
  return node?.attributes.get(name) ?? "";
}
