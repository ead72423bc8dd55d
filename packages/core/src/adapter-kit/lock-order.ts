/** What decides the order in which delivery rows are locked. */
export interface Lockable {
  readonly strategy: string;
  readonly key: string;
  /** Decimal digits. */
  readonly ordinal: string;
}

/**
 * The one order in which every statement that waits for several delivery rows locks them: strategy, key, ordinal, texts
 * as bytes. It is that of `ORDER BY strategy, key, ordinal` in the collation "C", so that statements that sort for
 * themselves agree with those that are given sorted rows. Two that lock in the same order never dead-lock.
 */
export function compareLockOrder(a: Lockable, b: Lockable): number {
  return compareBytes(a.strategy, b.strategy) || compareBytes(a.key, b.key) || compareDigits(a.ordinal, b.ordinal);
}

export function inLockOrder<Row>(rows: readonly Row[], lockable: (row: Row) => Lockable): readonly Row[] {
  return [...rows].sort((a, b) => compareLockOrder(lockable(a), lockable(b)));
}

/** UTF-16 units order as UTF-8 bytes do, except where a surrogate meets a unit above it. */
const surrogatesOrAbove = /[\ud800-\uffff]/;

function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (surrogatesOrAbove.test(a) && surrogatesOrAbove.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

function compareDigits(a: string, b: string): number {
  if (a === b) return 0;
  return a.length - b.length || (a < b ? -1 : 1);
}
