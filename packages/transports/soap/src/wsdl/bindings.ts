import { keyOf, namespaces, resolveName } from "../xml/names.ts";
import { childOf, childrenOf, type XmlElement } from "../xml/read-xml.ts";
import type { WsdlDocuments } from "./documents.ts";

export type SoapVersion = "1.1" | "1.2";

export interface MessagePart {
  readonly name: string;
  /** Keys of the schema; one of them. */
  readonly element: string | undefined;
  readonly type: string | undefined;
}

export interface Message {
  /** Those in the body. */
  readonly parts: readonly MessagePart[];
  /** Of the wrapper around RPC's parts. */
  readonly namespace: string;
}

/** An operation as one port offers it. */
export interface BoundOperation {
  readonly service: string;
  readonly port: string;
  readonly name: string;
  readonly address: string | undefined;
  readonly version: SoapVersion;
  readonly style: "document" | "rpc";
  readonly isEncoded: boolean;
  readonly action: string;
  readonly input: Message;
  readonly output: Message | undefined;
}

const { wsdl, wsdlSoap11, wsdlSoap12 } = namespaces;
const versions: readonly (readonly [namespace: string, version: SoapVersion])[] = [
  [wsdlSoap11, "1.1"],
  [wsdlSoap12, "1.2"],
];

/** All operations of all ports that speak SOAP, in the WSDL's order. */
export function readBindings(documents: WsdlDocuments): readonly BoundOperation[] {
  const index = new Index(documents.definitions);
  return documents.definitions.flatMap((definitions) =>
    childrenOf(definitions, wsdl, "service").flatMap((service) =>
      childrenOf(service, wsdl, "port").flatMap((port) => operationsOf(index, attributeOf(service, "name"), port)),
    ),
  );
}

/** What may be told of in one document and named in another. */
class Index {
  readonly #found = new Map<string, XmlElement>();
  readonly #target = new Map<XmlElement, string>();

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

  namespaceOf(node: XmlElement): string {
    return this.#target.get(node) ?? "";
  }
}

function operationsOf(index: Index, service: string, port: XmlElement): readonly BoundOperation[] {
  const binding = index.get("binding", port, "binding");
  const found = versions.find(([namespace]) => binding !== undefined && childOf(binding, namespace, "binding"));
  if (binding === undefined || found === undefined) return [];
  const [soap, version] = found;
  const portType = index.get("portType", binding, "type");
  const style = attributeOf(childOf(binding, soap, "binding"), "style");
  const address = childOf(port, soap, "address")?.attributes.get("location")?.trim();
  return childrenOf(binding, wsdl, "operation").flatMap((operation) => {
    const name = attributeOf(operation, "name");
    const declared =
      portType === undefined
        ? []
        : childrenOf(portType, wsdl, "operation").filter((one) => attributeOf(one, "name") === name);
    const details = childOf(operation, soap, "operation");
    const isRpc = (details?.attributes.get("style") ?? style) === "rpc";
    return declared.map((abstract) => ({
      service,
      port: attributeOf(port, "name"),
      name,
      address,
      version,
      style: isRpc ? ("rpc" as const) : ("document" as const),
      isEncoded: ["input", "output"].some((side) => bodyOf(operation, side, soap)?.attributes.get("use") === "encoded"),
      action: attributeOf(details, "soapAction"),
      input: messageOf(index, binding, abstract, operation, "input", soap) ?? { parts: [], namespace: "" },
      output: messageOf(index, binding, abstract, operation, "output", soap),
    }));
  });
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
  const parts = message === undefined ? [] : childrenOf(message, wsdl, "part").map(partOf);
  return {
    parts: only === undefined ? parts : parts.filter(({ name }) => only.includes(name)),
    namespace: body?.attributes.get("namespace") ?? index.namespaceOf(binding),
  };
}

function bodyOf(operation: XmlElement, side: string, soap: string): XmlElement | undefined {
  const part = childOf(operation, wsdl, side);
  return part === undefined ? undefined : childOf(part, soap, "body");
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
