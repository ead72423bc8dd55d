/** How the value of a bind travels. Numbers of more than 15 digits go as texts: OUT numbers come back as doubles. */
export type Bind =
  | { readonly in: "text" | "number" }
  /** A text of any length, for a CLOB. */
  | { readonly in: "long" }
  /** A PL/SQL array with an index by integer. */
  | { readonly in: "texts" | "numbers" }
  /** At most so many bytes. */
  | { readonly out: "text"; readonly bytes: number }
  | { readonly out: "texts"; readonly bytes: number }
  | { readonly out: "number" };

/** A statement of ours, with its binds in the order of their first use. */
export interface OwnStatement {
  readonly name: string;
  readonly text: string;
  /**
   * `query`: a SELECT, every column of which is a text. `rows`: run once for each row of values, in one round trip. `block`:
   * PL/SQL.
   */
  readonly kind: "query" | "dml" | "rows" | "block";
  readonly binds: { readonly [name: string]: Bind };
}

export const text: Bind = { in: "text" };
export const long: Bind = { in: "long" };
export const texts: Bind = { in: "texts" };
export const number: Bind = { in: "number" };
export const numbers: Bind = { in: "numbers" };

/** The most elements of one PL/SQL array: 32,767 bytes hold the positions of so many, joined by commas. */
export const mostElements = 1_000;

/** Positions from 1, joined by commas: for 1,000 of them 4,893 bytes. */
export const joinedPositions: Bind = { out: "text", bytes: 8_000 };

/**
 * Array types of a block's own. `BINARY_INTEGER`, as Oracle's documentation writes the tables that a host array can be
 * assigned to (Pro*C Programmer's Guide, "Host Arrays").
 */
export const arrayTypes = `  TYPE texts IS TABLE OF VARCHAR2(4000) INDEX BY BINARY_INTEGER;
  TYPE numbers IS TABLE OF NUMBER INDEX BY BINARY_INTEGER;`;
