import { editDistance } from "./edit-distance.ts";
import type { Problem } from "./problem.ts";

/** Says what is wrong with an option's value, if anything. */
export type OptionCheck = (value: unknown) => string | undefined;

export function wholeNumber(least: number, most: number): OptionCheck {
  return (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `It must be a whole number from ${least} to ${most}, not ${show(value)}.`;
}

export function numberFrom(least: number, most: number): OptionCheck {
  return (value) =>
    typeof value === "number" && value >= least && value <= most
      ? undefined
      : `It must be a number from ${least} to ${most}, not ${show(value)}.`;
}

export function oneOf(...allowed: readonly unknown[]): OptionCheck {
  return (value) =>
    allowed.includes(value) ? undefined : `It must be ${allowed.map(show).join(" or ")}, not ${show(value)}.`;
}

export function text(most: number): OptionCheck {
  return (value) =>
    typeof value === "string" && value.trim() !== "" && value.length <= most
      ? undefined
      : `It must be a text of 1 to ${most} characters, not ${show(value)}.`;
}

/** Plain JSON, not too deep for whoever walks it. */
export function json(depth: number): OptionCheck {
  return (value) => (isJson(value, depth) ? undefined : `It must be plain JSON of at most ${depth} levels.`);
}

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth <= 0) return false;
  return Object.values(value).every((inner) => isJson(inner, depth - 1));
}

export interface ShapeChecks {
  readonly [option: string]: { readonly check: OptionCheck; readonly required?: true };
}

// To look for what was meant takes 0.3 ms for each.
const mostUnknown = 20;

/** The problems of an object's options: unknown names, missing ones, wrong values. */
export function checkShape(value: unknown, checks: ShapeChecks): readonly Problem[] {
  if (!isPlainObject(value)) return [{ at: "", message: `It must be an object, not ${show(value)}.` }];
  const problems: Problem[] = [];
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(checks, name));
  for (const name of unknown.slice(0, mostUnknown))
    problems.push({ at: name.slice(0, 64), message: unknownOption(name, Object.keys(checks)) });
  if (unknown.length > mostUnknown)
    problems.push({ at: "", message: `There are ${unknown.length - mostUnknown} more that are no options.` });
  for (const [name, { check, required }] of Object.entries(checks)) {
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    if (given === undefined && !required) continue;
    const message = given === undefined ? "It is missing." : check(given);
    if (message !== undefined) problems.push({ at: name, message });
  }
  return problems;
}

export function isPlainObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownOption(name: string, known: readonly string[]): string {
  const near = known.find((candidate) => editDistance(candidate.toLowerCase(), name.slice(0, 64).toLowerCase()) <= 2);
  return near === undefined
    ? `There is no such option; there are ${known.join(", ")}.`
    : `There is no such option. Did you mean "${near}"?`;
}

export function show(value: unknown): string {
  const shown = describe(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}...` : shown;
}

function describe(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  try {
    return JSON.stringify(value) ?? `a ${typeof value}`;
  } catch {
    return `a ${typeof value} that JSON cannot say`;
  }
}
