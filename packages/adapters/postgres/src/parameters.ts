/**
 * Arrays of what needs no escaping, as PostgreSQL's array text. The driver would escape each element by itself: that is
 * for texts, which are passed as JavaScript arrays.
 */
export function bigintArray(values: readonly (string | number)[]): string {
  return `{${values.join()}}`;
}

/** `null` where there is none. */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? "NULL").join()}}`;
}
