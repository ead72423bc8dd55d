/** The n-th parameter of a composed statement, from 1. A template cannot have it: its colons are all key fields. */
export function parameterName(position: number): string {
  return `p${position}`;
}

/** How many rows a read may yield, and one more. */
export const mostRows = "syncline_most";
