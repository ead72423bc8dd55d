/**
 * How our own statements are planned, for the transaction at hand. The tables are empty one moment and hold a million rows the next, and
 * a plan outlives the moment it was made for: on an empty table it is cheapest to look through all of it for each key. Kept
 * prepared, that plan then took 56 µs a delivery to settle a hundred of them, instead of 8, and grew with the table.
 */
export const planByIndex = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off";

/** Also no join that goes through an index from its one end to the other. */
export const planByKeys = `${planByIndex}; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`;
