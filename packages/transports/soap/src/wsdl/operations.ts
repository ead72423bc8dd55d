import { Shapes } from "../schema/complex-types.ts";
import { SchemaSet } from "../schema/schema-set.ts";
import { type ElementShape, SchemaError, schemaProblems } from "../schema/shapes.ts";
import { keyOf, localName } from "../xml/names.ts";
import { type BoundOperation, type Message, readBindings, type SoapVersion } from "./bindings.ts";
import { type WsdlDocuments, WsdlError } from "./documents.ts";

/** How one operation is called. */
export interface Operation {
  /** `Service.Port.operation`. */
  readonly path: string;
  /** Where the WSDL says that it is. */
  readonly address: string | undefined;
  readonly action: string;
  /** What stands in the body of the request. */
  readonly request: ElementShape;
  /** What stands in the body of the answer; `undefined` if the operation has none. */
  readonly answer: ElementShape | undefined;
}

/** What a downstream's operations are called with. */
export interface Contract {
  /** The address of the first port that speaks the version. */
  readonly address: string | undefined;
  /** The operation behind `Service.Port.operation` or `operation`, or a sentence that says why there is none. */
  operation(path: string): Operation | string;
}

/** Throws `WsdlError`. */
export function contractOf(documents: WsdlDocuments, version: SoapVersion): Contract {
  const bound = readBindings(documents);
  const usable = bound.filter((operation) => operation.version === version);
  if (usable.length === 0) {
    const there = [...new Set(bound.map((operation) => `SOAP ${operation.version}`))].join(" and ") || "none at all";
    throw new WsdlError(`has no operation over SOAP ${version}: it has ${there} (\`soapVersion\`)`);
  }
  const shapes = new Shapes(new SchemaSet(documents.schemas));
  const known = new Map<string, Operation | string>();
  return {
    address: usable[0]?.address,
    operation(path) {
      const found = find(usable, path);
      if (typeof found === "string") return found;
      const key = pathOf(found);
      const made = known.get(key) ?? operationOf(found, shapes);
      known.set(key, made);
      return made;
    },
  };
}

function find(operations: readonly BoundOperation[], path: string): BoundOperation | string {
  const found = operations.filter((operation) => operation.name === path || pathOf(operation) === path);
  const [only] = found;
  if (only === undefined) return `there is no such operation; there are: ${listOf(operations)}`;
  if (found.length === 1) return only;
  return new Set(found.map(pathOf)).size === 1
    ? "is overloaded: the WSDL has several operations of this name in one port, and nothing tells them apart"
    : `is ambiguous, give one of: ${listOf(found)}`;
}

// A person reads it: a WSDL may have hundreds.
const mostListed = 40;

function listOf(operations: readonly BoundOperation[]): string {
  const paths = [...new Set(operations.map(pathOf))];
  const more = paths.length > mostListed ? `, and ${paths.length - mostListed} more` : "";
  return paths.slice(0, mostListed).join(", ") + more;
}

function pathOf({ service, port, name }: BoundOperation): string {
  return `${service}.${port}.${name}`;
}

function operationOf(bound: BoundOperation, shapes: Shapes): Operation | string {
  if (bound.isEncoded) return "is RPC/encoded, whose messages no schema describes: only literal messages are sent";
  try {
    const request = elementOf(bound, bound.input, bound.name, shapes);
    const problems = schemaProblems(request);
    if (problems.length > 0) return `cannot be used: ${problems.join("; ")}`;
    const { output, address, action } = bound;
    const answer = output === undefined ? undefined : elementOf(bound, output, `${bound.name}Response`, shapes);
    return { path: pathOf(bound), address, action, request, answer };
  } catch (error) {
    if (error instanceof SchemaError) return `cannot be used: ${error.message}`;
    throw error;
  }
}

function elementOf(bound: BoundOperation, message: Message, name: string, shapes: Shapes): ElementShape {
  const { parts, namespace } = message;
  if (bound.style === "rpc") return wrapperOf(message, keyOf(namespace, name), shapes);
  const [only] = parts;
  if (only?.element === undefined || parts.length > 1)
    throw new SchemaError(
      `a document-style message has one part that is an element, and this has ${parts.length === 1 ? "a type" : `${parts.length} parts`}`,
    );
  return shapes.element(only.element);
}

/** As RPC has it: the operation's name around its parts, which have no namespace. */
function wrapperOf({ parts }: Message, key: string, shapes: Shapes): ElementShape {
  const inner = parts.map((part) =>
    part.element === undefined ? shapes.part(part.name, part.type ?? "") : shapes.element(part.element),
  );
  const content = { kind: "sequence", min: 1, max: 1, parts: inner } as const;
  return {
    kind: "element",
    namespace: key.slice(1, key.lastIndexOf("}")),
    name: localName(key),
    min: 1,
    max: 1,
    nillable: false,
    type: { kind: "complex", abstract: false, content, attributes: [], text: undefined },
  };
}
