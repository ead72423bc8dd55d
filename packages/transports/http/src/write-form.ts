import type { WireValue } from "@syncline/core/spi";
import { Fault } from "./template-slots.ts";

/** How a list's entries are named: `a[0]=1` (Stripe), `a[]=1` (PHP, Rails) or `a=1&a=2`. */
export type FormLists = "indices" | "brackets" | "repeat";

const mostDepth = 32;

/**
 * A document as `application/x-www-form-urlencoded`, with nested brackets: `a[b]=1`. A null goes as an empty
 * value, since a form has no other word for what was taken away; an empty list or object says nothing.
 */
export function writeForm(document: WireValue, lists: FormLists): string | Fault {
  if (typeof document !== "object" || document === null || Array.isArray(document))
    return new Fault("a form is made of an object, and the body is none");
  const pairs: string[] = [];
  const write = (name: string, value: WireValue, depth: number): Fault | undefined => {
    if (depth > mostDepth) return new Fault(`the body is nested more than ${mostDepth} deep, which no form is`);
    if (typeof value !== "object" || value === null) {
      const text = value === null ? "" : String(value);
      if (!text.isWellFormed() || !name.isWellFormed())
        return new Fault("the body holds text that is not well-formed Unicode");
      pairs.push(`${encodeName(name)}=${encodeURIComponent(text)}`);
      return undefined;
    }
    const isList = Array.isArray(value);
    for (const [key, entry] of Object.entries(value) as [string, WireValue][]) {
      // A bracket in a name would make a level of it that is not there.
      if (/[[\]]/.test(key))
        return new Fault("the body has a name with a bracket, which a form reads as another level");
      const fault = write(`${name}${isList ? entryName(key, lists) : `[${key}]`}`, entry, depth + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  for (const [name, value] of Object.entries(document)) {
    if (name === "" || /[[\]]/.test(name)) return new Fault("the body has a name that is empty or has a bracket");
    const fault = write(name, value, 0);
    if (fault !== undefined) return fault;
  }
  return pairs.join("&");
}

function entryName(index: string, lists: FormLists): string {
  if (lists === "repeat") return "";
  return lists === "indices" ? `[${index}]` : "[]";
}

/** Brackets stay as they are, as every client writes them. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll("%5B", "[").replaceAll("%5D", "]");
}
