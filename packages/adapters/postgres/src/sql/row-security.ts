/** `refuse`: rows that a policy would hide from whoever reads are an error. `apply`: they are absent. */
export type RowSecurity = "refuse" | "apply";

export const hidesNothing = "row_security = off";

/**
 * To be said within a transaction. A row that a policy hides yields nothing, as one that was
 * deleted does, and would be told as deleted: so the server is asked for 42501 instead, as pg_dump
 * asks it.
 */
export function withRowSecurity(rowSecurity: RowSecurity): readonly string[] {
  return rowSecurity === "apply" ? [] : [`SET LOCAL ${hidesNothing}`];
}
