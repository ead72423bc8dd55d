import type { WireValue } from "@syncline/core/spi";
import { fitsXml } from "../xml/escape.ts";
import { collapses, isNumeric, type Lexical, writeBuiltIn } from "./built-ins.ts";
import { compareDecimals, digitsOf, isDecimal } from "./decimals.ts";
import type { Facets, SimpleShape } from "./shapes.ts";

/** A value as the type has it, not escaped; or why it does not fit. */
export function writeSimple(shape: SimpleShape, value: WireValue): Lexical {
  const written = spell(shape, value);
  if ("reason" in written) return written;
  if (!fitsXml(written.text)) return { reason: "holds a character that XML cannot carry" };
  const blank = shape.item === undefined && shape.members === undefined ? blankProblem(shape, written.text) : undefined;
  const reason = blank ?? shape.facets.map((facets) => facetProblem(shape, facets, written.text)).find(Boolean);
  return reason === undefined ? written : { reason };
}

function spell(shape: SimpleShape, value: WireValue): Lexical {
  const { item, members } = shape;
  if (item !== undefined) return spellList(item, value);
  if (members === undefined) return writeBuiltIn(shape.builtIn, value);
  const tried = members.map((member) => writeSimple(member, value));
  return tried.find((one) => "text" in one) ?? { reason: "fits none of the types that it may have" };
}

function spellList(item: SimpleShape, value: WireValue): Lexical {
  const values: readonly WireValue[] = Array.isArray(value)
    ? value
    : typeof value === "string"
      ? value.split(" ")
      : [value];
  const texts: string[] = [];
  for (const [index, one] of values.entries()) {
    const written = writeSimple(item, one);
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
  if (facets.enumeration !== undefined && !facets.enumeration.includes(text)) return "is none of the values allowed";
  if (facets.patterns !== undefined && !facets.patterns.some((pattern) => pattern.test(text)))
    return "does not match the type's pattern";
  return lengthProblem(shape, facets, text) ?? (isDecimal(text) ? numberProblem(shape, facets, text) : undefined);
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

function numberProblem({ builtIn }: SimpleShape, facets: Facets, text: string): string | undefined {
  if (!isNumeric(builtIn) && builtIn !== "double" && builtIn !== "float") return undefined;
  const { total, fraction } = digitsOf(text);
  if (facets.totalDigits !== undefined && total > facets.totalDigits)
    return `has more than ${facets.totalDigits} digits`;
  if (facets.fractionDigits !== undefined && fraction > facets.fractionDigits)
    return `has more than ${facets.fractionDigits} digits after the point`;
  const against = (bound: string | undefined) =>
    bound === undefined || !isDecimal(bound) ? undefined : compareDecimals(text, bound);
  const isLow = (against(facets.minInclusive) ?? 0) < 0 || (against(facets.minExclusive) ?? 1) <= 0;
  const isHigh = (against(facets.maxInclusive) ?? 0) > 0 || (against(facets.maxExclusive) ?? -1) >= 0;
  return isLow || isHigh ? "is out of the type's range" : undefined;
}
