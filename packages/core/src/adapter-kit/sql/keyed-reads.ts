import type { QueryLimits, QueryResult, Statement } from "../../contracts/query-runner.ts";
import type { KeyField, SqlDialect } from "../../contracts/sql-dialect.ts";
import type { Condition } from "../../model/condition.ts";
import type { ConditionValue } from "../../model/condition-value.ts";
import { SynclineError } from "../../model/errors.ts";
import type { WireValue } from "../../model/wire.ts";
import type { ByteLimit } from "../byte-limit.ts";

const onceForEachKey = "-- once for each key\n";
const onceForOneKey = "-- once for one key\n";

/**
 * What a dialect says of sets where the database has no LATERAL: a mark in front of the template,
 * which the query runner (`createPerKeyRunner`, or `keyedRead`) runs once for each key.
 *
 * @param keyOf what is bound for one key; `keyValue` reads its fields.
 * @param textOf the template as it is run for a key of a set. Default: as it is.
 */
export function perKeyForms(
  keyOf: (fields: readonly KeyField[], condition: Condition) => unknown,
  textOf: (template: string, fields: readonly KeyField[]) => string = (template) => template,
): Pick<SqlDialect, "attest" | "joinLateral" | "bindKeys"> {
  return {
    attest: (template) => onceForOneKey + template,
    joinLateral: (template, fields) => onceForEachKey + textOf(template, fields),
    bindKeys: (fields, conditions) => [conditions.map((condition) => keyOf(fields, condition))],
  };
}

/** Core reads no key that lacks a field; nothing may take its place in a comparison. */
export function keyValue(condition: Condition, field: string): ConditionValue {
  const value = condition[field];
  if (value === undefined) throw new SynclineError("query.data", `The key has no field "${field}".`);
  return value;
}

/** A statement, and for which keys it is run. */
export interface KeyedRead {
  /** `set`: keys are what `keyOf` made; otherwise there is one, the statement's parameters. */
  readonly kind: "set" | "one" | "plain";
  /** Without the mark. */
  readonly text: string;
  readonly keys: readonly unknown[];
}

export function keyedRead({ text, parameters }: Statement): KeyedRead {
  if (text.startsWith(onceForEachKey)) {
    const [keys] = parameters;
    return { kind: "set", text: text.slice(onceForEachKey.length), keys: keys as readonly unknown[] };
  }
  if (text.startsWith(onceForOneKey))
    return { kind: "one", text: text.slice(onceForOneKey.length), keys: [parameters] };
  return { kind: "plain", text, keys: [parameters] };
}

/**
 * The rows of all keys of one statement. For each key of a set, and for one key, they are attested:
 * the key's position, and whether there is a row, stand in front.
 */
export class KeyedRows {
  readonly #isAttested: boolean;
  readonly #limits: QueryLimits;
  readonly #bytes: ByteLimit;
  #columns: readonly string[] = [];
  readonly #rows: (readonly WireValue[])[] = [];

  /** @param bytes that of all statements of one read. */
  constructor({ kind }: KeyedRead, limits: QueryLimits, bytes: ByteLimit) {
    this.#isAttested = kind !== "plain";
    this.#limits = limits;
    this.#bytes = bytes;
  }

  /** So many rows of a further key are worth reading: one more than may come, to tell "too many" from "just enough". */
  get most(): number {
    return this.#limits.maxRows + 1 - this.#rows.length;
  }

  /**
   * What the statement has answered for the key at this place, to its end.
   *
   * Errors: `query.row-limit`, `query.byte-limit`.
   */
  add(position: number, columns: readonly string[], rows: readonly (readonly WireValue[])[]): void {
    this.#columns = columns;
    for (const row of rows) {
      this.#bytes.add(row);
      this.#rows.push(this.#isAttested ? [position, true, ...row] : row);
    }
    // It came to its end without a row: that is an answer, too.
    if (this.#isAttested && rows.length === 0) this.#rows.push([position, null, ...columns.map(() => null)]);
    const { maxRows } = this.#limits;
    if (this.#rows.length > maxRows)
      throw new SynclineError("query.row-limit", `The query yields more than ${maxRows} rows.`);
  }

  result(): QueryResult {
    return { columns: this.#isAttested ? ["#", "?", ...this.#columns] : this.#columns, rows: this.#rows };
  }
}
