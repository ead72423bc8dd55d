/** Where the tables are. Both parts are checked names, written without quotes: Oracle folds them to upper case. */
export interface Place {
  /** Another owner's schema; the session's own if `undefined`. */
  readonly schema: string | undefined;
  /** Ends with an underscore, so that no name made with it can be a reserved word. */
  readonly prefix: string;
}

/** What may follow the prefix. With a prefix of 14, none exceeds the 30 bytes that a name had before 12.2. */
export type ObjectName =
  | "change"
  | "delivery"
  | "delivery_due"
  | "delivery_dead"
  | "dispatcher"
  | "strategy"
  | "strategy_bump"
  | "strategy_touch"
  | "pause"
  | "refused"
  | "refused_category"
  | "worker"
  | "operation"
  | "operation_old"
  | "category"
  | "category_bump"
  | "category_touch"
  | "strategy_kept"
  | "strategy_keep"
  | "migration"
  | "record_change";

/** A table, index, trigger or procedure, as statements name it. */
export function nameOf({ schema, prefix }: Place, object: ObjectName): string {
  return schema === undefined ? `${prefix}${object}` : `${schema}.${prefix}${object}`;
}

/** What a schema's name is no part of: constraints, and indexes in hints. */
export function localName({ prefix }: Place, object: string): string {
  return `${prefix}${object}`;
}

/** An identifier that keeps its case. A double quote cannot be part of one. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', "")}"`;
}

export function quoteLiteral(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
