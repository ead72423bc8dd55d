import { isDeepStrictEqual } from "node:util";
import type { Pool } from "pg";
import type { Services } from "./services/services.ts";
import type { Destination } from "./strategies.ts";

export interface Verdict {
  readonly destination: Destination;
  readonly documents: number;
  /** Sentences; empty if the downstream has exactly what the query yields. */
  readonly differences: readonly string[];
}

/**
 * Compares what a downstream has with what its strategy's query yields on the database, for every key there is. It runs
 * the query by itself, one plain statement: nothing of what is to be proven takes part in the proof.
 */
export async function verify(pool: Pool, services: Services, destination: Destination): Promise<Verdict> {
  const expected = await documentsInDatabase(pool, destination);
  const found = await services.contents(destination.service, destination.collection);
  const differences: string[] = [];
  for (const [key, columns] of expected) {
    const document = destination.service === "billing" ? asTexts(columns) : columns;
    const other = found.get(key);
    if (other === undefined) differences.push(`${key} is missing`);
    else if (!isDeepStrictEqual(other, document))
      differences.push(`${key} is ${JSON.stringify(other)} and should be ${JSON.stringify(document)}`);
  }
  for (const key of found.keys()) if (!expected.has(key)) differences.push(`${key} should not be there`);
  return { destination, documents: expected.size, differences };
}

async function documentsInDatabase(
  pool: Pool,
  { query, keys }: Destination,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const documents = query.replace(/:(?:orderId|sku|customerId)\b/, "key.value");
  const { rows } = await pool.query<Record<string, unknown>>(
    `SELECT key.value AS " key", document.* FROM (${keys}) AS key(value) CROSS JOIN LATERAL (${documents}) AS document`,
  );
  return new Map(rows.map(({ " key": key, ...columns }) => [String(key), nest(columns)]));
}

/** What came over SOAP is texts. */
function asTexts(document: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [name, String(value)]));
}

/** A column named "customer.city" is the city inside of the customer. */
function nest(columns: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const document: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(columns)) {
    const [outer = "", inner] = name.split(".");
    if (inner === undefined) document[outer] = value;
    else document[outer] = { ...(document[outer] as object | undefined), [inner]: value };
  }
  return document;
}
