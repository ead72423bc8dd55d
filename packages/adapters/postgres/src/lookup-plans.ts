import { randomUUID } from "node:crypto";
import type { Statement } from "@syncline/core/spi";
import type { PgQuery } from "./driver.ts";
import type { ReadSession } from "./read-connection.ts";
import { deallocateTemplate } from "./sql/describe-parameters.ts";
import {
  explainGeneric,
  isOneRow,
  type Lookup,
  lookupsOf,
  type PlanNode,
  planForAnyValues,
  prepareStatement,
  uniqueKeys,
} from "./sql/lookup-plan.ts";
import { wireTypes } from "./wire-types.ts";

/** A statement that is read less often than this is planned each time. */
const readsBefore = 8;
/** How long a verdict is believed: tables grow, and indexes come and go. */
const believedForMs = 60_000;
const mostStatements = 1_000;

interface Known {
  reads: number;
  at: number;
  isLookup: boolean;
}

/**
 * Which statements may stay prepared: those whose plan finds every row by all columns of a unique
 * key, for whatever values. No other plan is much better for any of them. Of other statements, the
 * plan for no value in particular can be thousands of times slower than the one for the value at
 * hand, and planning anew costs nearly as much as it does with no preparation at all.
 */
export class LookupPlans {
  readonly #known = new Map<string, Known>();

  /** Asks the server now and then; that must not fail. */
  async has(statement: Statement, judge: () => Promise<boolean>): Promise<boolean> {
    const now = performance.now();
    const known = this.#of(statement.text, now);
    known.reads += 1;
    if (now - known.at > believedForMs) Object.assign(known, { reads: 1, at: now, isLookup: false });
    if (known.reads === readsBefore) {
      known.at = now;
      known.isLookup = await judge();
    }
    return known.isLookup;
  }

  #of(text: string, now: number): Known {
    const known = this.#known.get(text) ?? { reads: 0, at: now, isLookup: false };
    this.#known.delete(text);
    this.#known.set(text, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostStatements && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

/** In a session of its own. `keysAlias`: what the keys of a set are called. */
export async function isLookup(
  session: ReadSession,
  text: string,
  parameters: number,
  keysAlias: string,
): Promise<boolean> {
  // A prepared statement outlives its transaction: should it be left behind, no other one may have its name.
  const name = `syncline plan ${randomUUID()}`;
  await session.query(extended(planForAnyValues), false);
  await session.query(extended(prepareStatement(name, text)), false);
  const explained = await session.query(extended(explainGeneric(name, parameters)), false);
  await session.query(extended(deallocateTemplate(name)), false);
  const [[plans] = []] = explained.rows as readonly (readonly (readonly { readonly Plan?: PlanNode }[])[])[];
  const lookups = lookupsOf(plans?.[0]?.Plan ?? {}, keysAlias) ?? [];
  const values = [arrayOf(lookups.map(({ schema }) => schema)), arrayOf(lookups.map(({ index }) => index))];
  const { rows } = await session.query({ ...extended(uniqueKeys), values }, true);
  const keys = rows as readonly (readonly [schema: string, index: string, column: string | null])[];
  const isUnique = (lookup: Lookup) => {
    const own = keys.filter(([schema, index]) => schema === lookup.schema && index === lookup.index);
    return isOneRow(
      lookup,
      own.map(([, , column]) => column),
    );
  };
  return lookups.length > 0 && lookups.every(isUnique);
}

function arrayOf(names: readonly string[]): string {
  return `{${names.map((name) => `"${name.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

/** The extended protocol takes exactly one statement. */
function extended(text: string): PgQuery {
  return { text, rowMode: "array", queryMode: "extended", types: wireTypes("string") };
}
