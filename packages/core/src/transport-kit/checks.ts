import type { Problem } from "../model/problem.ts";
import { leastPerSecond } from "../model/rate-floor.ts";
import { suggestion } from "./suggestion.ts";

/** Adds to `problems` what is wrong with `value`. Values come from files and tables too, so nothing about them is sure. */
export type Check = (value: unknown, at: string, problems: Problem[]) => void;

// Nobody reads more of one place, and to look for what was meant takes time.
const mostProblems = 50;

export type Fields = { readonly [name: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value itself is never repeated in a message: it may be a secret in the wrong place. */
export function satisfies(predicate: (value: unknown) => boolean, message: string): Check {
  return (value, at, problems) => {
    if (!predicate(value)) problems.push({ at, message });
  };
}

/** `what`: as in "must be PEM text". */
export function isTextOf(what: string): Check {
  return satisfies((value) => typeof value === "string" && value !== "", `must be ${what}`);
}

export const isText = isTextOf("a non-empty string");
export const isSwitch = satisfies((value) => typeof value === "boolean", "must be true or false");
export const isFunction = satisfies((value) => typeof value === "function", "must be a function");

export function isInteger(min: number, max: number): Check {
  return satisfies(
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
    `must be an integer from ${min} to ${max}`,
  );
}

export function isOneOf(names: readonly string[]): Check {
  return (value, at, problems) => {
    if (typeof value === "string" && names.includes(value)) return;
    const hint = typeof value === "string" ? suggestion(value, names) : "";
    problems.push({ at, message: `must be one of ${names.join(", ")}${hint}` });
  };
}

export function isListOf(item: Check): Check {
  return (value, at, problems) => {
    if (!Array.isArray(value) || value.length === 0)
      problems.push({ at, message: "must be a list with at least one entry" });
    else for (const [index, entry] of value.entries()) item(entry, `${at}[${index}]`, problems);
  };
}

/** An object whose names are the user's. */
export function isMapOf(name: Check, item: Check): Check {
  return (value, at, problems) => {
    if (!isFields(value)) {
      problems.push({ at, message: "must be an object" });
      return;
    }
    const before = problems.length;
    for (const [key, entry] of Object.entries(value)) {
      if (problems.length - before > mostProblems) return;
      const place = join(at, key.slice(0, 200));
      name(key, place, problems);
      item(entry, place, problems);
    }
  };
}

/** An object whose names are ours: what is unknown is refused. `undefined` counts as absent. */
export function isObject(fields: { readonly [name: string]: Check }, required: readonly string[] = []): Check {
  const names = Object.keys(fields);
  return (value, at, problems) => {
    if (!isFields(value)) {
      problems.push({ at: at || "options", message: "must be an object" });
      return;
    }
    const before = problems.length;
    for (const [name, entry] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined) {
        if (problems.length - before > mostProblems) continue;
        const hint = suggestion(name, names);
        problems.push({
          at: join(at, name.slice(0, 200)),
          message: `is not an option here${hint}; known are ${names.join(", ")}`,
        });
      } else if (entry !== undefined) check(entry, join(at, name), problems);
    }
    for (const name of required) {
      if (value[name] === undefined) problems.push({ at: join(at, name), message: "is required" });
    }
  };
}

/** An object of which exactly one of these is given: of kinds that exclude each other. */
export function hasOneOf(fields: { readonly [name: string]: Check }): Check {
  const names = Object.keys(fields);
  const message = `must have exactly one of ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return both(isObject(fields), (value, at, problems) => {
    if (isFields(value) && Object.values(value).filter((entry) => entry !== undefined).length !== 1)
      problems.push({ at, message });
  });
}

/** What a check finds; every problem at once. */
export function problemsOf(check: Check, value: unknown, at = ""): readonly Problem[] {
  const problems: Problem[] = [];
  check(value, at, problems);
  return problems;
}

export function both(...checks: readonly Check[]): Check {
  return (value, at, problems) => {
    for (const check of checks) check(value, at, problems);
  };
}

function join(at: string, name: string): string {
  return at === "" ? name : `${at}.${name}`;
}

/** An `env:` or `file:` reference, a function, or the secret itself. */
export const isSecretSource: Check = (value, at, problems) => {
  if (typeof value === "function") return;
  const message = "must be a function, or a string: env:NAME, file:/path or the secret itself";
  if (typeof value !== "string" || value === "" || value === "env:" || value === "file:")
    problems.push({ at, message });
};

const isPerSecond = satisfies(
  (value) => typeof value === "number" && value >= leastPerSecond && Number.isFinite(value),
  `must be a number of at least ${leastPerSecond}`,
);
const isAtLeast1 = satisfies(
  (value) => typeof value === "number" && value >= 1 && Number.isFinite(value),
  "must be a number of at least 1",
);

/** `Transport.limits`. */
export const isLimits: Check = isObject({
  concurrency: isInteger(1, 100_000),
  rate: isObject({ perSecond: isPerSecond, burst: isAtLeast1 }, ["perSecond"]),
});
