import type { Condition, WireValue } from "@syncline/core/spi";
import { valueAt } from "@syncline/core/transport-kit";

/** What a path's fields are taken from: the key first, then the document. */
export interface PathSource {
  readonly key: Condition;
  readonly body: WireValue;
}

export type ExpandedPath = { readonly path: string } | { readonly fault: string };

/** `/orders/{orderId}`, checked. */
export interface PathTemplate {
  readonly fields: readonly string[];
  expand(source: PathSource): ExpandedPath;
}

const loneSurrogate = /\p{Surrogate}/u;
const dotSegment = /(^|\/)\.{1,2}(\/|\?|$)/;

/** Everything that is wrong with a template, as sentences; empty if nothing. */
export function checkPathTemplate(text: unknown): readonly string[] {
  if (typeof text !== "string" || text === "") return ["must be a path such as /orders/{orderId}"];
  const problems: string[] = [];
  const refuse = (wrong: boolean, message: string) => {
    if (wrong) problems.push(message);
  };
  const literal = text.replace(/\{[^{}]*\}/g, "x");
  const [pathname = ""] = literal.split("?");
  refuse(!text.startsWith("/"), "must begin with / : it is joined to the downstream's baseUrl");
  refuse(pathname.includes("//"), "must not contain //");
  refuse(/[{}]/.test(literal) || /\{\s*\}/.test(text), "has a brace that is not part of a {field}");
  refuse(literal.includes("\\"), "must not contain a backslash");
  refuse(literal.includes("#"), "must not contain # : a fragment is never sent");
  refuse(literal.includes("@"), "must not contain @ ; where the interface wants one, write %40");
  refuse(dotSegment.test(pathname), "must not contain . or .. as a segment");
  refuse(
    /%(2e|2f|5c|[01][0-9a-f]|7f)/i.test(literal),
    "must not hide a dot, a slash, a backslash or a control character behind %",
  );
  refuse(/%(?![0-9a-f]{2})/i.test(literal), "has a % that is not followed by two hexadecimal digits");
  refuse(/[^\x21-\x7e]|["<>^`|]/.test(literal), "has a character that must be percent-encoded");
  return problems;
}

/** `checkPathTemplate` must have found nothing. */
export function parsePathTemplate(text: string): PathTemplate {
  const parts = text.split(/\{([^{}]*)\}/);
  const fields = parts.filter((_, index) => index % 2 === 1).map((field) => field.trim());
  if (fields.length === 0) return { fields, expand: () => ({ path: text }) };
  return { fields, expand: (source) => expand(parts, fields, source) };
}

function expand(parts: readonly string[], fields: readonly string[], source: PathSource): ExpandedPath {
  let path = parts[0] ?? "";
  for (const [position, field] of fields.entries()) {
    const value = Object.hasOwn(source.key, field) ? source.key[field] : column(source.body, field);
    const encoded = encode(value);
    if (encoded === undefined) return { fault: `the path's field {${field}} ${fault(value)}` };
    path += encoded + (parts[position * 2 + 2] ?? "");
  }
  return dotSegment.test(path) ? { fault: "a field makes a . or .. segment of the path" } : { path };
}

function column(body: WireValue, field: string): unknown {
  if (typeof body !== "object" || body === null) return undefined;
  return Object.hasOwn(body, field) ? (body as { readonly [name: string]: unknown })[field] : valueAt(body, field);
}

function encode(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return encodeURIComponent(String(value));
  if (typeof value !== "string" || value === "" || loneSurrogate.test(value)) return undefined;
  return encodeURIComponent(value);
}

function fault(value: unknown): string {
  if (value === undefined) return "is neither in the key nor in the document";
  if (value === null) return "is null";
  if (value === "") return "is empty";
  return typeof value === "string" ? "is not well-formed Unicode" : "is an object or a list";
}
