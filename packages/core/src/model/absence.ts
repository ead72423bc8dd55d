/**
 * Why a strategy's query yields no row for a key, as the category's source says:
 * - `deleted`: the source has no row with this key;
 * - `filtered`: it has one, which the query leaves out;
 * - `unknown`: the category names no source, or this one could not say. Never guessed.
 */
export type Absence = "deleted" | "filtered" | "unknown";
