import { quoteIdentifier } from "./identifier.ts";

/** Types of parameters are inferred, as where the statement is sent by itself. */
export function prepareStatement(name: string, text: string): string {
  return `PREPARE ${quoteIdentifier(name)} AS\n${text}`;
}

/** `EXPLAIN EXECUTE` of a statement that was prepared under this name, for no value in particular. */
export function explainGeneric(name: string, parameters: number): string {
  const values = parameters === 0 ? "" : ` (${Array(parameters).fill("NULL").join(", ")})`;
  return `EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE ${quoteIdentifier(name)}${values}`;
}

/** To be said within a transaction. */
export const planForAnyValues = "SET LOCAL plan_cache_mode = force_generic_plan";

/** Of unique indexes, [schema, name, a column of its key as it is written, `null` if it is an expression]. */
export const uniqueKeys = `SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, pg_catalog.quote_ident(a.attname::pg_catalog.text)
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS used(schema, name)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname OPERATOR(pg_catalog.=) used.schema::pg_catalog.name
  JOIN pg_catalog.pg_class AS c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid
   AND c.relname OPERATOR(pg_catalog.=) used.name::pg_catalog.name
  JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid AND i.indisunique
 CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[])) WITH ORDINALITY AS k(number, place)
  LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) i.indrelid
   AND a.attnum OPERATOR(pg_catalog.=) k.number
 WHERE k.place OPERATOR(pg_catalog.<=) i.indnkeyatts::pg_catalog.int8`;

/** What the server tells of a step of a plan. */
export interface PlanNode {
  readonly "Node Type"?: string;
  readonly Schema?: string;
  readonly Alias?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Where one row at most is found by an index. */
export interface Lookup {
  readonly schema: string;
  readonly index: string;
  readonly alias: string;
  readonly condition: string;
}

/** Steps that cost no more than what comes into them. */
const linear: ReadonlySet<string> = new Set([
  "Limit",
  "Result",
  "Nested Loop",
  "Subquery Scan",
  "Memoize",
  "Materialize",
  "Sort",
  "Aggregate",
  "Unique",
]);

/**
 * All index scans of a plan, if it reads in no other way: `keysAlias` is what the set's keys are
 * called. `undefined` if it does.
 */
export function lookupsOf(plan: PlanNode, keysAlias: string): readonly Lookup[] | undefined {
  const { Plans: inner = [], Schema: schema, Alias: alias, "Index Name": index, "Index Cond": condition } = plan;
  const type = plan["Node Type"] ?? "";
  const parts = inner.map((each) => lookupsOf(each, keysAlias));
  if (parts.includes(undefined)) return undefined;
  const found = parts.flatMap((part) => part ?? []);
  if (linear.has(type) || (type === "Function Scan" && alias === keysAlias)) return found;
  const isByIndex = type === "Index Scan" || type === "Index Only Scan";
  if (!isByIndex || schema === undefined || index === undefined || condition === undefined || alias === undefined)
    return undefined;
  return [...found, { schema, index, alias, condition }];
}

/**
 * Whether each column of the unique key is compared with one value, as `(item.id = …)` or
 * `((item.code)::text = …)`.
 */
export function isOneRow({ alias, condition }: Lookup, keys: readonly (string | null)[]): boolean {
  const table = `(?:${literally(alias)}|${literally(quoteIdentifier(alias))})`;
  const isEqual = (key: string) =>
    new RegExp(`\\(${table}\\.${literally(key)}(?:\\)::[\\w ".()]+?)? = (?!ANY )`).test(condition);
  return keys.length > 0 && keys.every((key) => key !== null && isEqual(key));
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
