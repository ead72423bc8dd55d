import { Refusal } from "./refusal.ts";

export type Fields = { readonly [name: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text of at most so many characters, or a refusal that names the field. */
export function textOf(fields: Fields, name: string, most: number): string {
  const value = fields[name];
  if (typeof value !== "string" || value.trim() === "" || value.length > most)
    throw new Refusal(400, "body.invalid", `"${name}" must be a text of 1 to ${most} characters.`);
  return value;
}

/** The same, where it need not be there. */
export function optionalText(fields: Fields, name: string, most: number): string | undefined {
  return fields[name] === undefined || fields[name] === "" ? undefined : textOf(fields, name, most);
}

/**
 * A whole number from `min` to `max`, `otherwise` if it is not there. As a number, or as the text
 * of a query.
 */
export function wholeNumber(fields: Fields, name: string, min: number, max: number, otherwise: number): number {
  const value = fields[name];
  if (value === undefined || value === "") return otherwise;
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (!Number.isInteger(number) || Number(number) < min || Number(number) > max)
    throw new Refusal(400, "body.invalid", `"${name}" must be a whole number from ${min} to ${max}.`);
  return Number(number);
}

export function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Refusal(
      400,
      "body.invalid",
      `"${unknown[0]?.slice(0, 100)}" is not known here; known are ${known.join(", ") || "none"}.`,
    );
}
