import type { WireValue } from "@syncline/core/spi";
import { fitsXml } from "../xml/escape.ts";
import { collapses, type HexBinary, hexTexts, isNumeric, type Lexical, writeBuiltIn } from "./built-ins.ts";
import { compareDecimals, digitsOf, isDecimal } from "./decimals.ts";
import type { Facets, SimpleShape } from "./shapes.ts";

/** A value as the type has it, not escaped; or why it does not fit. */
export function writeSimple(shape: SimpleShape, value: WireValue, hexBinary?: HexBinary): Lexical {
  if (shape.builtIn === "hexBinary") return writeHex(shape, value, hexBinary);
  const written = spell(shape, value, hexBinary);
  if ("reason" in written) return written;
  if (!fitsXml(written.text)) return { reason: "holds a character that XML cannot carry" };
  const blank = shape.item === undefined && shape.members === undefined ? blankProblem(shape, written.text) : undefined;
  const reason = blank ?? shape.facets.map((facets) => facetProblem(shape, facets, written.text)).find(Boolean);
  return reason === undefined ? written : { reason };
}

/** Digits where the text can be nothing else, or the type's facets leave one meaning; bytes otherwise. */
function writeHex(shape: SimpleShape, value: WireValue, told: HexBinary | undefined): Lexical {
  const texts = hexTexts(value, told);
  const reasons = texts.map((text) => shape.facets.map((facets) => facetProblem(shape, facets, text)).find(Boolean));
  const [text, second] = texts.filter((_, index) => reasons[index] === undefined);
  if (text === undefined)
    return { reason: reasons[0] ?? "is neither hexadecimal nor base64, as bytes are in documents" };
  if (second === undefined || second === text) return { text };
  return { reason: "may be hexadecimal as well as base64: `hexBinary` of the strategy's options says which" };
}

function spell(shape: SimpleShape, value: WireValue, hexBinary: HexBinary | undefined): Lexical {
  const { item, members } = shape;
  if (item !== undefined) return spellList(item, value, hexBinary);
  if (members === undefined) return writeBuiltIn(shape.builtIn, value);
  const tried = members.map((member) => writeSimple(member, value, hexBinary));
  return tried.find((one) => "text" in one) ?? { reason: "fits none of the types that it may have" };
}

function spellList(item: SimpleShape, value: WireValue, hexBinary: HexBinary | undefined): Lexical {
  const values: readonly WireValue[] = Array.isArray(value)
    ? value
    : typeof value === "string"
      ? value.split(" ")
      : [value];
  const texts: string[] = [];
  for (const [index, one] of values.entries()) {
    const written = writeSimple(item, one, hexBinary);
    if ("reason" in written) return { reason: `has at ${index} what ${written.reason}` };
    if (/\s/.test(written.text) || written.text === "")
      return { reason: `has at ${index} what would be no single entry` };
    texts.push(written.text);
  }
  return { text: texts.join(" ") };
}

/** A receiver's parser would strip these, and have another value. */
function blankProblem({ builtIn, facets }: SimpleShape, text: string): string | undefined {
  if (builtIn === "normalizedString" && /[\t\n\r]/.test(text)) return "holds a tab or line break, which the type drops";
  if (!collapses(builtIn) && !facets.some((one) => one.collapses === true)) return undefined;
  return /^\s|\s$|[\t\n\r]| {2}/.test(text) ? "has blanks that the type drops" : undefined;
}

function facetProblem(shape: SimpleShape, facets: Facets, text: string): string | undefined {
  if (facets.enumeration !== undefined && !isListed(shape, facets.enumeration, text))
    return "is none of the values allowed";
  if (facets.patterns !== undefined && !facets.patterns.some((matches) => matches(text)))
    return "does not match the type's pattern";
  return lengthProblem(shape, facets, text) ?? boundsProblem(shape, facets, text);
}

function isListed(shape: SimpleShape, enumeration: readonly string[], text: string): boolean {
  return enumeration.includes(text) || enumeration.some((one) => isSameValue(shape, text, one));
}

function lengthProblem(shape: SimpleShape, { length, minLength, maxLength }: Facets, text: string): string | undefined {
  if (length === undefined && minLength === undefined && maxLength === undefined) return undefined;
  const count = countOf(shape, text);
  if (length !== undefined && count !== length) return `must have the length ${length}`;
  if (minLength !== undefined && count < minLength) return `is shorter than ${minLength}`;
  return maxLength !== undefined && count > maxLength ? `is longer than ${maxLength}` : undefined;
}

function countOf({ builtIn, item }: SimpleShape, text: string): number {
  if (item !== undefined) return text === "" ? 0 : text.split(" ").length;
  if (builtIn === "base64Binary") return Buffer.from(text, "base64").length;
  if (builtIn === "hexBinary") return text.length / 2;
  return [...text].length;
}

function boundsProblem({ builtIn }: SimpleShape, facets: Facets, text: string): string | undefined {
  const compare = isNumber(builtIn) && isDecimal(text) ? against(text) : momentOf(builtIn, text);
  if (compare === undefined) return undefined;
  const { total, fraction } = isDecimal(text) ? digitsOf(text) : { total: 0, fraction: 0 };
  if (facets.totalDigits !== undefined && total > facets.totalDigits)
    return `has more than ${facets.totalDigits} digits`;
  if (facets.fractionDigits !== undefined && fraction > facets.fractionDigits)
    return `has more than ${facets.fractionDigits} digits after the point`;
  const isLow = (compare(facets.minInclusive) ?? 0) < 0 || (compare(facets.minExclusive) ?? 1) <= 0;
  const isHigh = (compare(facets.maxInclusive) ?? 0) > 0 || (compare(facets.maxExclusive) ?? -1) >= 0;
  return isLow || isHigh ? "is out of the type's range" : undefined;
}

/** How a value compares with a bound; `undefined` if there is none, or nothing says which is first. */
type Compare = (bound: string | undefined) => number | undefined;

function against(text: string): Compare {
  return (bound) => (bound === undefined || !isDecimal(bound) ? undefined : compareDecimals(text, bound));
}

/** Times with a zone and times without one have no order: the server judges. */
function momentOf(builtIn: string, text: string): Compare | undefined {
  if (builtIn !== "date" && builtIn !== "dateTime") return undefined;
  const zone = /(Z|[+-]\d\d:\d\d)$/;
  const instant = (one: string) =>
    Date.parse(
      zone.test(one)
        ? one.replace(/^([\d-]{10})(Z|[+-]\d\d:\d\d)$/, "$1T00:00:00$2")
        : `${one.slice(0, 10)}T${one.slice(11) || "00:00:00"}Z`,
    );
  const own = instant(text);
  return (bound) => {
    if (bound === undefined || zone.test(bound) !== zone.test(text)) return undefined;
    const difference = own - instant(bound);
    return Number.isNaN(difference) ? undefined : difference;
  };
}

function isNumber(builtIn: string): boolean {
  return isNumeric(builtIn) || builtIn === "double" || builtIn === "float";
}

/** Whether a text means the value that another, of the schema's, does. */
export function isSameValue({ builtIn, item, members }: SimpleShape, text: string, other: string): boolean {
  if (text === other) return true;
  if (item !== undefined || members !== undefined || !collapses(builtIn)) return false;
  const [one, two] = [text.trim(), other.trim().replace(/\s+/g, " ")];
  if (isNumber(builtIn) && isDecimal(one) && isDecimal(two)) return compareDecimals(one, two) === 0;
  const plain: { readonly [text: string]: string } = { "1": "true", "0": "false" };
  return one === two || (builtIn === "boolean" && (plain[one] ?? one) === (plain[two] ?? two));
}
