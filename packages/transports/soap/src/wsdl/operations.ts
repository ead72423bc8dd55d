import { Shapes } from "../schema/complex-types.ts";
import { schemaProblems } from "../schema/contents.ts";
import type { Encoding } from "../schema/encoded-arrays.ts";
import { SchemaSet } from "../schema/schema-set.ts";
import { type ComplexShape, type ElementShape, lazy, once, SchemaError, xmlName } from "../schema/shapes.ts";
import { keyOf, localName, namespaceIn } from "../xml/names.ts";
import { type BoundOperation, type Message, type MessagePart, readBindings, type SoapVersion } from "./bindings.ts";
import { type WsdlDocuments, WsdlError } from "./documents.ts";
import { type Named, named } from "./overloads.ts";

/** How one operation is called. */
export interface Operation {
  /** `Service.Port.operation`, and `#input` where several have that. */
  readonly path: string;
  /** Where the WSDL says that it is. */
  readonly address: string | undefined;
  readonly action: string;
  /** What stands in the body of the request. */
  readonly request: ElementShape;
  /** The request is no element itself: what it holds, be it nothing, stands in the body. */
  readonly isBare: boolean;
  /** Messages are written by SOAP's encoding. */
  readonly encoding: Encoding | undefined;
  /** What may stand in the request's header. */
  readonly headers: readonly OperationHeader[];
  /** What stands in the body of the answer, if anything; `undefined` if the operation has none. */
  readonly answer: ElementShape | "empty" | "any" | undefined;
  readonly shapes: Shapes;
}

export interface OperationHeader {
  readonly element: ElementShape;
  readonly encoding: Encoding | undefined;
}

/** What a downstream's operations are called with. */
export interface Contract {
  /** The address of the first port that speaks the version. */
  readonly address: string | undefined;
  /** The elements that may stand in the header of some request. */
  readonly headers: ReadonlySet<string>;
  /** The operation behind `Service.Port.operation` or `operation` (and `#input`), or a sentence that says why there is none. */
  operation(path: string): Operation | string;
}

/** Throws `WsdlError`. */
export function contractOf(documents: WsdlDocuments, version: SoapVersion): Contract {
  const bound = readBindings(documents);
  const { unread } = documents;
  const unreadWords = unread.length === 0 ? "" : ` (not read were: ${unread.join(", ")})`;
  const usable = bound.filter((operation) => operation.version === version);
  if (usable.length === 0) {
    const there = [...new Set(bound.map((operation) => `SOAP ${operation.version}`))].join(" and ") || "none at all";
    throw new WsdlError(`has no operation over SOAP ${version}: it has ${there} (\`soapVersion\`)${unreadWords}`);
  }
  const shapes = new Shapes(new SchemaSet(documents.schemas, documents.unread));
  const known = new Map<string, Operation | string>();
  const paths = new Paths(usable);
  return {
    address: usable[0]?.address,
    headers: new Set(usable.flatMap(({ input }) => input.headers.map(headerName))),
    operation(path) {
      const found = paths.find(path);
      if (typeof found === "string") return found + unreadWords;
      const made = known.get(found.path) ?? operationOf(found, shapes);
      known.set(found.path, made);
      return made;
    },
  };
}

// A person reads it: a WSDL may have hundreds.
const mostListed = 40;

/** Operations by all that a strategy may call them. */
class Paths {
  readonly #all: readonly Named<BoundOperation>[];
  readonly #known: ReadonlyMap<string, readonly Named<BoundOperation>[]>;

  constructor(operations: readonly BoundOperation[]) {
    const fullPath = ({ service, port, name }: BoundOperation) =>
      service === "" ? `${port}.${name}` : `${service}.${port}.${name}`;
    this.#all = [...grouped(operations, (one) => [fullPath(one)])].flatMap(([path, group]) => named(path, group));
    this.#known = grouped(this.#all, ({ path, operation }) => {
      const { name } = operation;
      const own = fullPath(operation);
      return new Set([path, own, name, name + path.slice(own.length)]);
    });
  }

  find(path: string): Named<BoundOperation> | string {
    const [only, ...others] = this.#known.get(path) ?? [];
    if (only === undefined) return `there is no such operation; there are: ${listOf(this.#all)}`;
    if (only.isVague)
      return "is overloaded: the WSDL has several operations of this name in one port, and nothing tells them apart";
    return others.length === 0 ? only : `is ambiguous, give one of: ${listOf([only, ...others])}`;
  }
}

function grouped<One>(all: readonly One[], keysOf: (one: One) => Iterable<string>): ReadonlyMap<string, One[]> {
  const groups = new Map<string, One[]>();
  for (const one of all)
    for (const key of keysOf(one)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [one]);
      else group.push(one);
    }
  return groups;
}

function listOf(operations: readonly Named<BoundOperation>[]): string {
  const paths = [...new Set(operations.map(({ path }) => path))];
  const more = paths.length > mostListed ? `, and ${paths.length - mostListed} more` : "";
  return paths.slice(0, mostListed).join(", ") + more;
}

function operationOf({ operation: bound, path }: Named<BoundOperation>, shapes: Shapes): Operation | string {
  const { input, output, address, action, isEncoded, style } = bound;
  if (input.hasAttachments) return "takes attachments beside the envelope (MIME), which are not sent";
  if (isEncoded && style === "document") return "is document/encoded, which says nowhere how its messages are written";
  try {
    const isBare = style === "document" && (input.parts.length !== 1 || input.parts[0]?.element === undefined);
    const request = isBare ? bareOf(bound, shapes) : elementOf(bound, input, bound.name, shapes);
    const problems = schemaProblems(request, (type) => shapes.concreteBelow(type).length === 0);
    if (problems.length > 0) return `cannot be used: ${problems.join("; ")}`;
    const answer = output === undefined ? undefined : answerOf(bound, output, shapes);
    const encodingOf = (one: { readonly isEncoded: boolean }) => (one.isEncoded ? bound.version : undefined);
    const headers = input.headers.map((part) => ({ element: partOf(part, shapes), encoding: encodingOf(part) }));
    return { path, address, action, request, isBare, encoding: encodingOf(bound), headers, answer, shapes };
  } catch (error) {
    if (error instanceof SchemaError) return `cannot be used: ${error.message}`;
    // Only the stack's end: nothing that a WSDL says may end anything but its own operation.
    if (error instanceof RangeError) return "cannot be used: its types are nested too deep";
    throw error;
  }
}

// .NET's, of operations that take any message; its content is the body's.
const messageBody = keyOf("http://schemas.microsoft.com/Message", "MessageBody");

/**
 * A document-style message of other than one element. WS-I forbids them; PHP's client and Python's
 * zeep write each part as an element of the body, one that has a type under the part's name.
 */
function bareOf({ input, name }: BoundOperation, shapes: Shapes): ElementShape {
  const { parts } = input;
  const type = parts.length === 1 && parts[0]?.type === messageBody ? shapes.type(messageBody) : undefined;
  const declared = { kind: "element", namespace: "", name, ...once, nillable: false } as const;
  return { ...declared, type: type ?? typeHolding(parts.map((part) => partShape(part, shapes))) };
}

function answerOf(bound: BoundOperation, output: Message, shapes: Shapes): ElementShape | "empty" | "any" {
  if (bound.style === "document" && output.parts.length === 0) return "empty";
  if (bound.style === "document" && output.parts[0]?.type === messageBody) return "any";
  try {
    return elementOf(bound, output, `${bound.name}Response`, shapes);
  } catch (error) {
    // What is not understood of an answer does not keep it from being told from others.
    const key = output.parts.find(({ element }) => element !== undefined)?.element;
    if (!(error instanceof SchemaError) || key === undefined) throw error;
    return unknownElement(key, error.message);
  }
}

function unknownElement(key: string, reason: string): ElementShape {
  const declared = { kind: "element", namespace: namespaceIn(key), name: localName(key), ...once } as const;
  return lazy({ ...declared, nillable: false }, () => {
    throw new SchemaError(reason);
  });
}

/** A header that cannot be written is refused where it is asked for. */
function partOf(part: MessagePart, shapes: Shapes): ElementShape {
  if (part.element === undefined) return partShape(part, shapes);
  const element = shapes.elementOrReason(part.element);
  return typeof element === "string" ? unknownElement(part.element, element) : element;
}

function headerName({ element, name }: MessagePart): string {
  return element === undefined ? name : localName(element);
}

/** Of several parts the first. */
function elementOf(bound: BoundOperation, message: Message, name: string, shapes: Shapes): ElementShape {
  const { parts, namespace } = message;
  if (bound.style === "rpc") return wrapperOf(message, keyOf(namespace, name), shapes);
  const [first] = parts;
  if (first === undefined) throw new SchemaError("a message has no parts");
  return partShape(first, shapes);
}

function partShape({ name, element, type }: MessagePart, shapes: Shapes): ElementShape {
  return element === undefined ? shapes.part(name, type ?? "") : shapes.element(element);
}

/** As RPC has it: the operation's name around its parts, which have no namespace. */
function wrapperOf({ parts }: Message, key: string, shapes: Shapes): ElementShape {
  const type = typeHolding(parts.map((part) => partShape(part, shapes)));
  return {
    kind: "element",
    namespace: namespaceIn(key),
    name: xmlName(localName(key)),
    ...once,
    nillable: false,
    type,
  };
}

function typeHolding(parts: readonly ElementShape[]): ComplexShape {
  return {
    kind: "complex",
    abstract: false,
    content: { kind: "sequence", ...once, parts },
    attributes: [],
    text: undefined,
  };
}
