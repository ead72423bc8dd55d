/** Decimal digits without leading zeros, as numbers. Each once. */
export function inIdOrder(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort(compareIds);
}

export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}
