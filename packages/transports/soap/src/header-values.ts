import type { WireValue } from "@syncline/core/spi";
import { type Check, isFields, isSecretSource, isText, type SecretSource } from "@syncline/core/transport-kit";
import { isFields as isWritableFields, own, type Writable } from "./schema/given.ts";

/** A constant, elements of such, or a secret that is put in for each attempt. */
export type HeaderValue = WireValue | { readonly secret: SecretSource } | { readonly [element: string]: HeaderValue };

/** A value of SOAP's header that is put in for each attempt. */
export interface SecretValue {
  readonly secret: SecretSource;
}

/** A value of SOAP's header that is a field of the row. */
export interface RowField {
  readonly field: string;
}

// As deep as any header that was met, and some more.
const deepest = 20;

/** Elements by name, with constants and `{ secret }`; or, of a strategy, constants and `{ field }`. */
function checkValues(ofStrategy: boolean): Check {
  const check = (value: unknown, at: string, problems: Parameters<Check>[2], depth: number): void => {
    if (depth > deepest) problems.push({ at, message: `is nested more than ${deepest} deep` });
    else if (!ofStrategy && typeof value === "string" && /^(env|file):/.test(value))
      problems.push({ at, message: "looks like a reference to a secret, which is written { secret: … }" });
    else if (ofStrategy ? isRowField(value) : isSecret(value)) {
      if (ofStrategy) isText((value as RowField).field, `${at}.field`, problems);
      else isSecretSource((value as SecretValue).secret, `${at}.secret`, problems);
    } else if (Array.isArray(value))
      for (const [index, one] of value.entries()) check(one, `${at}.${index}`, problems, depth + 1);
    else if (isFields(value))
      for (const [name, one] of Object.entries(value)) check(one, `${at}.${name.slice(0, 200)}`, problems, depth + 1);
    else if (value !== null && !["string", "number", "boolean"].includes(typeof value))
      problems.push({ at, message: "must be a constant, or an object of elements" });
  };
  return (value, at, problems) => {
    if (!isFields(value)) problems.push({ at, message: "must be an object of the header's elements" });
    else for (const [name, one] of Object.entries(value)) check(one, `${at}.${name.slice(0, 200)}`, problems, 0);
  };
}

/** Of a downstream. */
export const checkHeaderValues = checkValues(false);

/** Of a strategy: secrets belong to the downstream. */
export const checkRowHeaders = checkValues(true);

export function isSecret(value: unknown): value is SecretValue {
  return isFields(value) && Object.keys(value).length === 1 && Object.hasOwn(value, "secret");
}

export function isRowField(value: unknown): value is RowField {
  return isFields(value) && Object.keys(value).length === 1 && Object.hasOwn(value, "field");
}

/** All values, each given or left out by `find`; an element of which nothing is left is left out. */
function mapped(value: unknown, find: (leaf: unknown) => Writable): Writable {
  if (isSecret(value) || isRowField(value) || !isFields(value)) return find(value);
  const entries = Object.entries(value).map(([name, one]) => [name, mapped(one, find)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

/** The columns that a strategy's headers take. */
export function fieldsTaken(header: unknown): readonly string[] {
  const taken: string[] = [];
  mapped(header, (leaf) => {
    if (isRowField(leaf)) taken.push(leaf.field);
    return undefined;
  });
  return taken;
}

/** With the row's fields in their places, and without those that it does not have. */
export function withRow(header: unknown, row: WireValue | undefined): Writable {
  const fields = isWritableFields(row) ? row : {};
  return mapped(header, (leaf) => (isRowField(leaf) ? own(fields, leaf.field) : (leaf as Writable)));
}

/** What is known of it without a secret. */
export function withoutSecrets(header: Writable): Writable {
  return mapped(header, (leaf) => (isSecret(leaf) ? undefined : (leaf as Writable)));
}

/** Rejects as `reveal` does. */
export async function withSecrets(
  header: Writable,
  reveal: (source: SecretSource) => Promise<string>,
): Promise<Writable> {
  const revealed = new Map<SecretSource, string>();
  const sources: SecretSource[] = [];
  mapped(header, (leaf) => {
    if (isSecret(leaf)) sources.push(leaf.secret);
    return undefined;
  });
  for (const source of new Set(sources)) revealed.set(source, await reveal(source));
  return mapped(header, (leaf) => (isSecret(leaf) ? revealed.get(leaf.secret) : (leaf as Writable)));
}

/** One within another: what both have is the second's. */
export function merged(under: Writable, over: Writable): Writable {
  if (!isWritableFields(under) || !isWritableFields(over) || isSecret(over) || isSecret(under)) return over ?? under;
  const both: { [name: string]: Writable } = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const below = own(under, name);
    both[name] = below === undefined ? value : merged(below, value);
  }
  return both;
}
