import { isDeepStrictEqual } from "node:util";
import type sql from "mssql";
import type { Service } from "./services.ts";
import type { Destination } from "./strategies.ts";

/**
 * What a downstream has otherwise than the strategy's query yields on the database, in sentences. It runs the query by itself:
 * nothing of what is to be proven takes part in the proof.
 */
export async function differences(
  pool: sql.ConnectionPool,
  service: Service,
  { collection, query, keys }: Destination,
): Promise<readonly string[]> {
  const text = query.replace(/:(?:orderId|sku|customerId)\b/, "given.[value]");
  const { recordset } = await pool.query<Record<string, unknown>>(
    `SELECT given.[value] AS [ key], document.* FROM (${keys}) AS given([value]) CROSS APPLY (${text}) AS document`,
  );
  const expected = new Map(recordset.map(({ " key": key, ...columns }) => [String(key), nest(columns)]));
  const found = service.contents(collection);
  const wrong = [...expected].filter(
    ([key, document]) => !isDeepStrictEqual(comparable(found.get(key)), comparable(document)),
  );
  return [
    ...wrong.map(
      ([key, document]) => `${key} is ${JSON.stringify(found.get(key))}, should be ${JSON.stringify(document)}`,
    ),
    ...[...found.keys()].filter((key) => !expected.has(key)).map((key) => `${key} should not be there`),
  ];
}

/** Decimals travel as texts with all their digits; the driver, here, gives numbers. */
function comparable(value: unknown): unknown {
  if (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, comparable(inner)]));
}

/** A column named "customer.city" is the city inside of the customer. */
function nest(columns: Readonly<Record<string, unknown>>): unknown {
  const document: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(columns)) {
    const [outer = "", inner] = name.split(".");
    if (inner === undefined) document[outer] = value;
    else document[outer] = { ...(document[outer] as object | undefined), [inner]: value };
  }
  return document;
}
