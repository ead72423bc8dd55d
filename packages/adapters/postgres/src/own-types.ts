import { translating } from "@syncline/core/adapter-kit";
import type { QueryResult, WireValue } from "@syncline/core/spi";
import { parseArrayText } from "./array-text.ts";
import type { PgField } from "./driver.ts";
import { translateError } from "./errors.ts";
import { bigintArray } from "./parameters.ts";
import type { ReadSession } from "./read-connection.ts";
import { typeShapes } from "./sql/type-shapes.ts";
import { isText, type Parse, parserOf, wireTypes } from "./wire-types.ts";

/** What a type is made of, as the server's catalog says. */
export type TypeShape =
  | { readonly is: "array"; readonly of: number; readonly delimiter: string }
  | { readonly is: "domain"; readonly of: number }
  | { readonly is: "text" };

/** Asks for the shapes of these types, and of those that they are made of. */
export type AskShapes = (types: readonly number[]) => Promise<ReadonlyMap<number, TypeShape>>;

/** A statement's result as the driver has read it. */
export interface DriverResult extends QueryResult {
  /** Of its columns, where any of them may be more than its text. */
  readonly types?: readonly number[];
  /** Digits behind the point of `money`, which the session's locale decides. */
  readonly moneyDigits?: number;
}

type Numbers = "string" | "number";

const money = 790;
const numeric = 1700;

/**
 * Types that have no fixed number: those that somebody has made, with CREATE TYPE or DOMAIN, by a
 * table, by an extension. The server is asked for each of them once, when a read first brings one.
 */
export class OwnTypes {
  /** That of `money` is here, so that it is not asked for. */
  readonly #shapes = new Map<number, TypeShape>([[money, { is: "domain", of: numeric }]]);

  /**
   * The types of a result's columns, if any of them may be anything but its text, though the driver
   * has left it so.
   */
  typesOf(fields: readonly PgField[]): readonly number[] | undefined {
    return fields.some(({ dataTypeID }) => this.#mayBeMore(dataTypeID))
      ? fields.map(({ dataTypeID }) => dataTypeID)
      : undefined;
  }

  /** With arrays as arrays, and domains as what they restrict. */
  async read(results: readonly DriverResult[], numbers: Numbers, ask: AskShapes): Promise<readonly QueryResult[]> {
    if (results.every(({ types }) => types === undefined)) return results;
    await this.#know([...new Set(results.flatMap(({ types }) => types ?? []))], ask);
    return results.map((result) => this.#inFull(result, numbers));
  }

  #inFull({ columns, rows, types, moneyDigits = 2 }: DriverResult, numbers: Numbers): QueryResult {
    const parsers = types?.map((type) =>
      this.#mayBeMore(type) ? this.#parserOf(type, numbers, moneyDigits) : undefined,
    );
    if (parsers === undefined) return { columns, rows };
    const read = (value: WireValue, index: number) =>
      typeof value === "string" ? (parsers[index]?.(value) ?? value) : value;
    return { columns, rows: rows.map((row) => row.map(read)) };
  }

  #mayBeMore(type: number): boolean {
    return parserOf(type, "string") === undefined && !isText(type) && this.#shapes.get(type)?.is !== "text";
  }

  async #know(types: readonly number[], ask: AskShapes): Promise<void> {
    const unknown = types.filter((type) => this.#mayBeMore(type) && !this.#shapes.has(type));
    if (unknown.length === 0) return;
    for (const [type, shape] of await ask(unknown)) if (type !== money) this.#shapes.set(type, shape);
  }

  #parserOf(type: number, numbers: Numbers, moneyDigits: number): Parse {
    const fixed = parserOf(type, numbers);
    if (fixed !== undefined) return fixed;
    if (type === money) {
      const number = parserOf(numeric, numbers) ?? verbatim;
      return (text) => number(moneyNumber(text, moneyDigits));
    }
    const shape = this.#shapes.get(type);
    if (shape === undefined || shape.is === "text") return verbatim;
    const inner = this.#parserOf(shape.of, numbers, moneyDigits);
    return shape.is === "domain" ? inner : (text) => parseArrayText(text, inner, shape.delimiter);
  }
}

function verbatim(text: string): WireValue {
  return text;
}

/** `-$1,234.50`, `($1,234.50)`, `1.234,50 €`: what is no digit is decoration, but for the sign. */
function moneyNumber(text: string, digits: number): string {
  const all = text.replace(/\D/g, "").padStart(digits + 1, "0");
  const whole = all.slice(0, all.length - digits);
  const number = digits === 0 ? whole : `${whole}.${all.slice(-digits)}`;
  return /[-(\u2212]/.test(text) ? `-${number}` : number;
}

/** In a session of its own. */
export async function shapesOf(
  session: ReadSession,
  types: readonly number[],
): Promise<ReadonlyMap<number, TypeShape>> {
  const query = { text: typeShapes, values: [bigintArray(types)], rowMode: "array", queryMode: "extended" } as const;
  const { rows } = await translating(translateError, () =>
    session.query({ ...query, types: wireTypes("string") }, true),
  );
  return new Map((rows as readonly (readonly (string | null)[])[]).map((row) => [Number(row[0]), shapeOf(row)]));
}

function shapeOf([, element, delimiter, base]: readonly (string | null)[]): TypeShape {
  if (element !== null && element !== undefined)
    return { is: "array", of: Number(element), delimiter: delimiter ?? "," };
  return base === "0" ? { is: "text" } : { is: "domain", of: Number(base) };
}
