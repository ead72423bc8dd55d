import { isDeepStrictEqual } from "node:util";
import type oracledb from "oracledb";
import type { Services } from "./services.ts";
import { onConnection } from "./shop.ts";
import type { Destination } from "./strategies.ts";

export interface Verdict {
  readonly destination: Destination;
  readonly documents: number;
  /** Sentences; empty if the downstream has exactly what the query yields. */
  readonly differences: readonly string[];
}

/**
 * Compares what a downstream has with what its strategy's query yields on the database, for every key there is. It runs
 * the query by itself, key by key: nothing of what is to be proven takes part in the proof.
 */
export async function verify(pool: oracledb.Pool, services: Services, destination: Destination): Promise<Verdict> {
  const expected = await documentsInDatabase(pool, destination);
  const found = services.contents(destination.service, destination.collection);
  const differences: string[] = [];
  for (const [key, document] of expected) {
    const other = found.get(key);
    if (!isDeepStrictEqual(asTexts(other), document))
      differences.push(`${key} is ${JSON.stringify(other)} and should be ${JSON.stringify(document)}`);
  }
  for (const key of found.keys()) if (!expected.has(key)) differences.push(`${key} should not be there`);
  return { destination, documents: expected.size, differences };
}

function documentsInDatabase(pool: oracledb.Pool, { query, keys, field }: Destination) {
  return onConnection(pool, async (connection) => {
    const documents = new Map<string, unknown>();
    const { rows = [] } = await connection.execute<[key: string | number]>(keys);
    for (const [key] of rows) {
      const { rows: [row] = [], metaData = [] } = await connection.execute<unknown[]>(query, { [field]: key });
      if (row !== undefined) documents.set(String(key), nest(metaData.map(({ name }, index) => [name, row[index]])));
    }
    return documents;
  });
}

/** A column named "customer.city" is the city inside of the customer. */
function nest(columns: readonly (readonly [name: string, value: unknown])[]): unknown {
  const document: Record<string, unknown> = {};
  for (const [name, value] of columns) {
    const [outer = "", inner] = name.split(".");
    if (inner === undefined) document[outer] = asTexts(value);
    else document[outer] = { ...(document[outer] as object | undefined), [inner]: asTexts(value) };
  }
  return document;
}

/** Numbers of many digits travel as texts; here they all have few, and are compared as numbers. */
function asTexts(value: unknown): unknown {
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asTexts(inner)]));
}
