import type { FieldType } from "../model/category-definition.ts";
import type { Problem } from "../model/problem.ts";
import type { WireValue } from "../model/wire.ts";

/** Counted from 1; columns in UTF-16 units, as editors do. */
export interface TemplatePlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Where an offset into a text (in UTF-16 units) stands in the template that it was made of;
 * `undefined` if it is none of it.
 */
export type LocateInTemplate = (offset: number) => TemplatePlace | undefined;

/** A statement and the values of its parameters, in order. */
export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
  /** For errors that tell where. Absent: not known. */
  readonly locate?: LocateInTemplate;
}

/** Rows as arrays: cheaper than objects, and duplicate column names survive to be refused. */
export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly WireValue[])[];
}

export interface QueryLimits {
  /** For the whole of the statements, enforced by the database where it can. */
  readonly timeoutMs: number;
  /**
   * For each statement; more is `query.row-limit`, and no more than that is ever held in memory. A
   * row that says that a key has none counts as one.
   */
  readonly maxRows: number;
  /**
   * For all statements together, in bytes as the database sends them; more is `query.byte-limit`, thrown as soon as it is
   * known and not when all has been read: it bounds what wide rows may take in memory. Absent: no limit.
   */
  readonly maxBytes?: number;
  /** How 64-bit integers and decimals travel. */
  readonly numbers: "string" | "number";
}

/** A template as the database would see it if somebody had written it by hand for one key. */
export interface TemplateProbe {
  /**
   * Its parameters in the dialect's native form, each occurrence one of its own, in order: `$1`,
   * `$2`, `@p1`, `:1`.
   */
  readonly text: string;
  /**
   * The same with one parameter for each key field, in the order of their first use: for what has
   * to be equal to itself (GROUP BY).
   */
  readonly sharedText: string;
  /** The key field of each occurrence, in order. */
  readonly occurrences: readonly { readonly name: string; readonly type: FieldType }[];
  /** Of `text`. */
  readonly locate?: LocateInTemplate;
}

/**
 * Which values of a key field are equal although their texts differ:
 * - `padded`: trailing blanks mean nothing (`char(n)`);
 * - `caseless`: the case of the letters A to Z means nothing (`citext`);
 * - `zoneless`: a time without a zone, whose `T` may be a blank and whose fraction may end in zeros;
 * - `inet`: a host's address, with or without the length of its network;
 * - a field type: whatever has one canonical form of that type;
 * - `exact`: no others.
 */
export type KeyEquality = "exact" | "padded" | "caseless" | "zoneless" | "inet" | FieldType;

/** What a database says of a template before any key is read. */
export interface TemplateDescription {
  /** For each occurrence of a parameter the SQL type that it has there; `undefined`: the key field's own. */
  readonly types: readonly (string | undefined)[];
  /** By key field: how the database compares it in this template. What is missing is not known. */
  readonly equality: { readonly [field: string]: KeyEquality };
  /** What can never work, in words: a column that can be no key. `at` is relative to the strategy. */
  readonly problems: readonly Problem[];
}

/** Runs composed statements where they can do no harm. */
export interface QueryRunner {
  /**
   * How many calls may run at once; further ones would wait for a connection. Core asks for no
   * more, shares them among the strategies, and aborts a read that lasts while others wait: so
   * whatever is aborted must end soon, at the database, too. Without this member, nothing is
   * shared.
   */
  readonly concurrency?: number;

  /**
   * Run the statements in one read-only snapshot that starts after the call and ends before it returns. One result per
   * statement, in order. A row is never left out without an error: core takes a key without rows
   * for one that is gone.
   *
   * Errors: `query.invalid` (no such column, syntax, no privilege: the template's fault), `query.data` (a value's
   * fault: a cast, a division), `query.timeout`, `query.row-limit`, `query.byte-limit`, `query.refused` (it tried to write),
   * `database.unavailable`, `database.busy`, `operation.aborted`. Their texts and causes go to logs
   * and dead letters: nothing that the server says of a read that ran, which may quote rows
   * (`serverSentence` of the adapter kit).
   */
  run(statements: readonly Statement[], limits: QueryLimits, signal: AbortSignal): Promise<readonly QueryResult[]>;

  /**
   * What the database says of a template; nothing of it runs. Without this member, parameters have
   * their key fields' own types.
   *
   * Errors: as `run`.
   */
  describe?(template: TemplateProbe, signal: AbortSignal): Promise<TemplateDescription>;

  /**
   * The database's own estimate of what each statement costs, in any unit that is the same for all;
   * `undefined` for one that it refuses. Nothing runs. Without this member, sets are joined.
   *
   * Errors: `database.unavailable`, `database.busy`, `operation.aborted`.
   */
  estimate?(statements: readonly Statement[], signal: AbortSignal): Promise<readonly (number | undefined)[]>;

  /**
   * How the database would run each statement, for a person: its own plan, as a text of some lines. Of a statement that runs
   * once for each key, the plan of the first. Nothing runs (no EXPLAIN ANALYZE). Without this member, plans are refused.
   *
   * Errors: as `run`.
   */
  explain?(statements: readonly Statement[], signal: AbortSignal): Promise<readonly string[]>;
}
