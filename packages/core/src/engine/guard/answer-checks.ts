import { isThenable } from "../../model/thenable.ts";
import type { Nonsense } from "./guard.ts";

/** Whatever a member that owes nothing answers. */
export const anything: Nonsense = () => undefined;

export const aCount: Nonsense = (answer) => (isCount(answer) ? undefined : `${told(answer)}, which is no count`);

export const aFunction: Nonsense = (answer) =>
  typeof answer === "function" ? undefined : `${told(answer)}, which is no function`;

export const aText: Nonsense = (answer) => (isText(answer) ? undefined : `${told(answer)} instead of a text`);

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

export function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Decimal digits. */
export function isDigits(value: unknown): value is string {
  return typeof value === "string" && /^\d+$/.test(value);
}

/** Of what kind something is; never its content. */
export function told(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "number") return `the number ${value}`;
  if (isThenable(value)) return "a promise";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A list of so many, each of which passes. */
export function aList(isElement: (element: unknown) => boolean, of: string, length?: number): Nonsense {
  return (answer) => {
    if (!Array.isArray(answer)) return `${told(answer)} instead of a list of ${of}`;
    if (length !== undefined && answer.length !== length) return `${answer.length} ${of} instead of ${length}`;
    // Not `every`, which skips holes.
    for (let index = 0; index < answer.length; index += 1)
      if (!isElement(answer[index])) return `a list whose element ${index} is none of ${of}`;
    return undefined;
  };
}

/** An object whose members pass. */
export function aRecord(members: { readonly [name: string]: (value: unknown) => boolean }): Nonsense {
  const checks = Object.entries(members);
  return (answer) => {
    if (!isRecord(answer)) return `${told(answer)} instead of an object`;
    const wrong = checks.find(([name, isRight]) => !isRight(answer[name]));
    return wrong === undefined ? undefined : `an object whose "${wrong[0]}" is ${told(answer[wrong[0]])}`;
  };
}
