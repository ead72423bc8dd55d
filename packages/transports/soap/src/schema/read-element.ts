import { namespaces } from "../xml/names.ts";
import { deepest, type XmlElement } from "../xml/read-xml.ts";
import { type Entry, entriesOf } from "./contents.ts";
import type { ElementShape, TypeShape } from "./shapes.ts";

type Read = string | null | readonly Read[] | { readonly [name: string]: Read };

const nil = `{${namespaces.xsi}}nil`;

/**
 * An answer's element for rules: elements by name, attributes as `@name`, every value as its text. What the schema lets
 * repeat is a list, even of one; without a shape, what is there more than once. `follow`: what an
 * element refers to.
 */
export function readElement(
  found: XmlElement,
  shape: ElementShape | undefined,
  follow: (element: XmlElement) => XmlElement = (element) => element,
  depth = 0,
): Read {
  const element = depth < deepest ? follow(found) : found;
  if (["true", "1"].includes(element.attributes.get(nil) ?? "")) return null;
  const type = shape === undefined ? undefined : typeOf(shape);
  // Those of other standards, such as xsi:type, are none that a rule reads.
  const attributes = [...element.attributes].filter(([name]) => !name.startsWith("{"));
  if (element.children.length === 0 && attributes.length === 0 && type?.kind !== "complex") return textOf(element);
  // Without a prototype: an answer's names are anybody's.
  const read: { [name: string]: Read } = Object.create(null);
  for (const [name, value] of attributes) read[`@${name}`] = value;
  const entries = namesIn(type);
  for (const child of element.children) {
    const inner = entries?.get(child.name);
    const value = readElement(child, inner?.element, follow, depth + 1);
    const before = read[child.name];
    if (Array.isArray(before)) (before as Read[]).push(value);
    else if (before !== undefined) read[child.name] = [before, value];
    else read[child.name] = inner !== undefined && inner.max > 1 ? [value] : value;
  }
  if (element.children.length === 0 && element.text.trim() !== "") read["#text"] = element.text;
  return read;
}

function namesIn(type: TypeShape | undefined): ReadonlyMap<string, Entry> | undefined {
  try {
    return type === undefined ? undefined : entriesOf(type);
  } catch {
    return undefined;
  }
}

function textOf({ text }: XmlElement): string {
  // From the first of each run of blanks alone: from every one it takes the square of their number, and the text is theirs.
  return text.trim() === "" ? text : text.replace(/^[ \t\r\n]+|(?<![ \t\r\n])[ \t\r\n]+$/g, "");
}

/** A schema that we do not understand in full does not keep an answer from being read. */
function typeOf(shape: ElementShape): TypeShape | undefined {
  try {
    return shape.type;
  } catch {
    return undefined;
  }
}
