import { keyOf } from "../xml/names.ts";
import { contentsOf } from "./contents.ts";
import type { Writable } from "./given.ts";
import type { ComplexShape, Occurs } from "./shapes.ts";

/** Which fields a document may have for a type's content. */
export function knownFields(type: ComplexShape): (field: string) => boolean {
  const { entries, wildcards } = contentsOf(type.content);
  const attributes = new Set<string>();
  for (const one of type.attributes)
    attributes.add(`@${attributes.has(`@${one.name}`) ? keyOf(one.namespace, one.name) : one.name}`);
  return (field) => {
    if (field === "@xsi:type") return true;
    if (field.startsWith("@")) return attributes.has(field) || type.anyAttribute !== undefined;
    if (field === "#text") return type.text !== undefined || type.mixed === true;
    return field === "#any" ? wildcards.length > 0 : entries.has(field);
  };
}

export function countProblem({ min, max }: Occurs, count: number, who: string): string | undefined {
  if (count >= min && count <= max) return undefined;
  const most = max === Number.POSITIVE_INFINITY ? "or more" : `to ${max}`;
  return `${who} ${count} entries, and must have ${min} ${most}`;
}

/** Of a type that holds a value or a list, the value or list alone will do. */
export function fieldsOf(type: ComplexShape, value: Writable): Writable {
  if (type.entry !== undefined && Array.isArray(value)) return { [type.entry.name]: value };
  const isBare = typeof value !== "object" || value === null;
  if (isBare && (type.text !== undefined || (type.mixed === true && value !== null))) return { "#text": value };
  return value;
}
