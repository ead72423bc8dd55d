import type { FieldType } from "../model/category-definition.ts";
import type { Condition } from "../model/condition.ts";
import type { ConditionValue } from "../model/condition-value.ts";

/** What the template scanner must know of a dialect's lexical rules: data, so that no adapter writes a scanner. */
export interface LexicalRules {
  /** Pairs of delimiters of quoted identifiers; the closing one doubled stands for itself. */
  readonly identifierQuotes: readonly (readonly [open: string, close: string])[];
  /** A backslash escapes in strings with this prefix (Postgres: `E'…'`). */
  readonly escapeStringPrefix?: string;
  /** A backslash escapes in every string (MySQL). */
  readonly backslashEscapes?: boolean;
  /** `"…"` is a string (MySQL). */
  readonly doubleQuotedStrings?: boolean;
  /** `#` begins a comment, and `--` only with a blank or the line's end behind it (MySQL). */
  readonly hashComments?: boolean;
  /** A comment such as that begins with `/*!` is run (MySQL): a template with one is refused. */
  readonly executableComments?: boolean;
  /** `$tag$ … $tag$` (Postgres). */
  readonly dollarQuotes: boolean;
  /** `q'[ … ]'` (Oracle). */
  readonly alternativeQuotes: boolean;
  /** Block comments nest (Postgres, SQL Server). */
  readonly nestedComments: boolean;
  /**
   * `::` is one token, and no parameter follows: a cast (Postgres), a static method (SQL Server:
   * `geography::Point(…)`).
   */
  readonly doubleColonCast: boolean;
  /** How the driver itself writes parameters. A template that uses it is refused: the numbers would collide. */
  readonly nativeParameter: "$1" | "@name" | ":1" | "?";
}

export interface KeyField {
  readonly name: string;
  readonly type: FieldType;
  /**
   * The SQL type that the database infers where the parameter stands, in its own words. Absent: the
   * key field's own.
   */
  readonly sqlType?: string;
  /**
   * What its column of the key set is called: unique among the fields of one statement, where a
   * name may come twice.
   */
  readonly column: string;
}

/** How a database spells what the composer needs. Pure. */
export interface SqlDialect {
  readonly name: string;
  readonly lexical: LexicalRules;
  quoteIdentifier(name: string): string;
  /** The n-th parameter (from 1) with the given SQL type, or that of a key field: `CAST($1 AS bigint)`. */
  parameter(position: number, type: FieldType, sqlType?: string): string;
  /**
   * The n-th parameter (from 1) as the driver itself writes it, without a type: `$1`, `@p1`. For
   * `QueryRunner.describe`.
   */
  nativeParameter?(position: number): string;
  /** The value to bind for it. */
  bind(value: ConditionValue, type: FieldType, sqlType?: string): unknown;
  /** How a template inside a set statement refers to a key field: a column of the key source. */
  keyColumn(field: KeyField): string;
  /**
   * The set statement: the template, in which parameters already are `keyColumn`s, joined laterally
   * to the key source so that every key has a row. Its first column is the key's position, the
   * second NULL if the template yields no row for that key (all other columns are NULL then) and
   * anything else if it does; the template's own columns follow. The fields are the template's, in
   * the order that `bindKeys` gets them. `template` may end in a line comment: it must be followed
   * by a line break.
   *
   * @param form `fenced`: the database must run the template once per key, and merge nothing of it
   * into the join.
   */
  joinLateral(template: string, fields: readonly KeyField[], form: "joined" | "fenced"): string;
  /** The set statement's parameters: N conditions with their positions 0 … N−1. */
  bindKeys(fields: readonly KeyField[], conditions: readonly Condition[]): readonly unknown[];
  /**
   * The statement of one key, answered as a set is: the position 0, then NULL if the template
   * yields no row (one row then), then the template's columns. The template's parameters already
   * are `parameter`s.
   *
   * Where the database cannot put the template into another SELECT, the text may carry a mark, and
   * the query runner puts the two columns in front once the statement has been answered to its end.
   */
  attest(template: string): string;
  /**
   * The same for a template whose parameters are `keyColumn`s; its parameters are the fields, in
   * order, as `bind` gives them. So its columns are called as in a set. Absent: `attest` is used.
   */
  attestOne?(template: string, fields: readonly KeyField[]): string;
  /** Why this template can be read in no form, if so: a sentence that says what to write instead. */
  refuse?(template: string): string | undefined;
  /** Why this template cannot be joined laterally, if so: the way out is `compose: "each"`. */
  refuseLateral?(template: string): string | undefined;
}
