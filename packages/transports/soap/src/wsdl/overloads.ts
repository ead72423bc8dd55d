import { localName, namespaces } from "../xml/names.ts";
import { childOf, type XmlElement } from "../xml/read-xml.ts";

const { wsdl } = namespaces;

/** What may tell operations of one name and port from each other. */
export interface Told {
  readonly inputName: string | undefined;
  /** As a key. */
  readonly message: string;
  readonly action: string;
  readonly address: string | undefined;
  readonly style: string;
  readonly isEncoded: boolean;
  readonly input: { readonly namespace: string; readonly headers: readonly { readonly name: string }[] };
}

type Pair = readonly [bound: XmlElement, declared: XmlElement];

/**
 * Which of a binding's operations is which of its port type's, all of one name. WSDL tells them apart by
 * the names of their inputs; without these, tools write both in one order.
 */
export function pairsOf(bound: readonly XmlElement[], declared: readonly XmlElement[]): readonly Pair[] {
  if (declared.length === 1) return bound.flatMap((one) => declared.map((other) => [one, other] as const));
  const byInput = new Map(declared.map((one) => [inputNameOf(one), one]));
  const named = bound.flatMap((one) => {
    const other = inputNameOf(one) === undefined ? undefined : byInput.get(inputNameOf(one));
    return other === undefined ? [] : [[one, other] as const];
  });
  if (byInput.size === declared.length && named.length === bound.length) return named;
  if (bound.length === declared.length)
    return bound.flatMap((one, index) => declared.slice(index, index + 1).map((other) => [one, other] as const));
  return bound.slice(0, 2).flatMap((one) => declared.map((other) => [one, other] as const));
}

export function inputNameOf(operation: XmlElement): string | undefined {
  return childOf(operation, wsdl, "input")?.attributes.get("name");
}

const ways: readonly ((operation: Told) => string | undefined)[] = [
  ({ inputName }) => inputName,
  ({ message }) => localName(message),
  ({ action }) => action,
];

/** An operation by the path that is its alone, or by one that several have. */
export interface Named<Operation> {
  readonly operation: Operation;
  readonly path: string;
  readonly isVague: boolean;
}

/** All that a call of it depends on. */
function wordsOf({ inputName, message, action, address, style, isEncoded, input }: Told): string {
  const headers = input.headers.map(({ name }) => name);
  return JSON.stringify([inputName, message, action, address, style, isEncoded, input.namespace, headers]);
}

/** Several of one path are `path#input`, by whatever tells all of them apart. What is there twice is there once. */
export function named<Operation extends Told>(path: string, all: readonly Operation[]): readonly Named<Operation>[] {
  const operations = all.length === 1 ? all : [...new Map(all.map((one) => [wordsOf(one), one])).values()];
  if (operations.length === 1) return operations.map((operation) => ({ operation, path, isVague: false }));
  for (const way of ways) {
    const labels = operations.flatMap((operation) => way(operation) ?? []);
    const isUsable = labels.every((label) => /^[^\s<>&"'/#]{1,200}$/.test(label));
    if (isUsable && new Set(labels).size === operations.length)
      return operations.map((operation, at) => ({ operation, path: `${path}#${labels[at]}`, isVague: false }));
  }
  return operations.map((operation) => ({ operation, path, isVague: true }));
}
