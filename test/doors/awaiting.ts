/** Cells whose mend is not there yet. */
export const awaiting: ReadonlySet<string> = new Set();
