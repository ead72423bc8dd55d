/**
 * How our own statements are planned, for the transaction at hand. The tables are empty one moment and hold a million rows the next, and
 * a plan outlives the moment it was made for: on an empty table it is cheapest to look through all of it for each key. Kept
 * prepared, that plan then took 56 µs a delivery to settle a hundred of them, instead of 8, and grew with the table.
 *
 * What is left are nested loops over indexes, in the order of what they loop over: so it is also known in which order rows are locked.
 */
export const planByKeys = ["seqscan", "bitmapscan", "hashjoin", "mergejoin"]
  .map((way) => `SET LOCAL enable_${way} = off`)
  .join("; ");
