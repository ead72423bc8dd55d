import type { FieldType } from "../model/category-definition.ts";
import type { Condition } from "../model/condition.ts";
import type { ConditionValue } from "../model/condition-value.ts";

/** What the template scanner must know of a dialect's lexical rules: data, so that no adapter writes a scanner. */
export interface LexicalRules {
  /** Pairs of delimiters of quoted identifiers; the closing one doubled stands for itself. */
  readonly identifierQuotes: readonly (readonly [open: string, close: string])[];
  /** A backslash escapes in strings with this prefix (Postgres: `E'…'`). */
  readonly escapeStringPrefix?: string;
  /** `$tag$ … $tag$` (Postgres). */
  readonly dollarQuotes: boolean;
  /** `q'[ … ]'` (Oracle). */
  readonly alternativeQuotes: boolean;
  /** Block comments nest (Postgres, SQL Server). */
  readonly nestedComments: boolean;
  /** `::` is a cast, not a parameter (Postgres). */
  readonly doubleColonCast: boolean;
  /** How the driver itself writes parameters. A template that uses it is refused: the numbers would collide. */
  readonly nativeParameter: "$1" | "@name" | ":1" | "?";
}

export interface KeyField {
  readonly name: string;
  readonly type: FieldType;
}

/** How a database spells what the composer needs. Pure. */
export interface SqlDialect {
  readonly name: string;
  readonly lexical: LexicalRules;
  quoteIdentifier(name: string): string;
  /** The n-th parameter (from 1) with the SQL type of a key field: `$1::bigint`, `@p1`. */
  parameter(position: number, type: FieldType): string;
  /** The value to bind for it. */
  bind(value: ConditionValue, type: FieldType): unknown;
  /** How a template inside a set statement refers to a key field: a column of the key source. */
  keyColumn(field: KeyField): string;
  /**
   * The set statement: the template, in which parameters already are `keyColumn`s, joined laterally to the key source.
   * Its first column is the key's position. The fields are the template's, in the order that `bindKeys` gets them.
   * `template` may end in a line comment: it must be followed by a line break.
   */
  joinLateral(template: string, fields: readonly KeyField[]): string;
  /** The set statement's parameters: N conditions with their positions 0 … N−1. */
  bindKeys(fields: readonly KeyField[], conditions: readonly Condition[]): readonly unknown[];
  /** Why this template cannot be joined laterally, if so: the way out is `compose: "each"`. */
  refuseLateral?(template: string): string | undefined;
}
