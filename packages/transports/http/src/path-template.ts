import type { Condition, WireValue } from "@syncline/core/spi";
import { valueAt } from "@syncline/core/transport-kit";
import { endFault, segmentFault, slashFault } from "./path-readings.ts";

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

/** One segment with its slash, or the query with its question mark: literals around fields. */
interface Piece {
  readonly literals: string[];
  readonly fields: string[];
  readonly isQuery: boolean;
}

const loneSurrogate = /\p{Surrogate}/u;
/**
 * Read alike by everybody: most values (blanks, `+,:=@` and Western letters with them), so the hot path looks
 * no further.
 */
const plainSegment = /^\/[\w~-](?:[\w.~!*'()-]|%(?:2[0BC]|3[AD]|40)|%C3%[89AB][\dA-F])*$/;

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
  refuse(
    /%(2e|2f|5c|[01][0-9a-f]|7f)/i.test(literal),
    "must not hide a dot, a slash, a backslash or a control character behind %",
  );
  refuse(/%(?![0-9a-f]{2})/i.test(literal), "has a % that is not followed by two hexadecimal digits");
  refuse(/[^\x21-\x7e]|["<>^`|]/.test(literal), "has a character that must be percent-encoded");
  if (problems.length > 0) return problems;
  const faults = pathname.split("/").map((segment) => (segment === "" ? undefined : segmentFault(segment, false)));
  for (const fault of new Set(faults)) if (fault !== undefined) problems.push(`has a segment that ${fault}`);
  return problems;
}

/** `checkPathTemplate` must have found nothing. `slashes`: fields whose values may hold slashes, ? and #. */
export function parsePathTemplate(text: string, slashes: readonly string[] = []): PathTemplate {
  const pieces = piecesOf(text);
  const fields = pieces.flatMap((piece) => piece.fields);
  if (fields.length === 0) return { fields, expand: () => ({ path: text }) };
  return {
    fields,
    expand(source) {
      let path = "";
      for (const piece of pieces) {
        const expanded = expandPiece(piece, source, slashes);
        if ("fault" in expanded) return expanded;
        path += expanded.path;
      }
      return { path };
    },
  };
}

/** The fields of a template that stand before its query. */
export function pathnameFields(text: string): readonly string[] {
  return piecesOf(text).flatMap(({ isQuery, fields }) => (isQuery ? [] : fields));
}

function piecesOf(text: string): readonly Piece[] {
  let piece: Piece = { literals: [""], fields: [], isQuery: false };
  const pieces = [piece];
  for (const [position, part] of text.split(/\{([^{}]*)\}/).entries()) {
    if (position % 2 === 1) {
      piece.fields.push(part.trim());
      piece.literals.push("");
      continue;
    }
    for (const literal of part.split(/(?=[/?])/)) {
      if (!piece.isQuery && /^[/?]/.test(literal)) {
        piece = { literals: [literal], fields: [], isQuery: literal.startsWith("?") };
        pieces.push(piece);
      } else piece.literals.push(`${piece.literals.pop() ?? ""}${literal}`);
    }
  }
  return pieces;
}

function expandPiece(
  { fields, literals, isQuery }: Piece,
  source: PathSource,
  slashes: readonly string[],
): ExpandedPath {
  let path = literals[0] ?? "";
  for (const [position, field] of fields.entries()) {
    const value = Object.hasOwn(source.key, field) ? source.key[field] : column(source.body, field);
    const after = literals[position + 1] ?? "";
    const isQuoted = path.endsWith("'") && after.startsWith("'");
    const encoded = encode(isQuoted && typeof value === "string" ? value.replaceAll("'", "''") : value);
    if (encoded === undefined) return { fault: `the path's field {${field}} ${fault(value)}` };
    path += (isQuoted ? encoded.replaceAll("'", "%27") : encoded) + after;
  }
  // In a query a value is encoded and nothing else: it cannot leave its place there, whatever it holds.
  if (isQuery || fields.length === 0 || plainSegment.test(path)) return { path };
  const reason = segmentFault(
    path.slice(1),
    fields.every((field) => slashes.includes(field)),
  );
  if (reason === undefined) return { path };
  const remedy = reason === slashFault || reason === endFault ? "; if it may, name the field in `options.slashes`" : "";
  return { fault: `the path's field {${fields.join("} with {")}} ${reason}${remedy}` };
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
