import { type Column, columns } from "./columns.ts";

const but = (...others: readonly Column[]) => columns.filter((column) => !others.includes(column));
const cells: { readonly [door: string]: readonly Column[] } = {
  "transport.invoke": but("resolves twice"),
  "transport.check": but("resolves twice", "returns undefined"),
  "transport.describe": but(),
  "transport.prepare": but("resolves twice", "returns undefined"),
  "transport.checkOptions": but("returns undefined"),
  "transport.checkStrategy": but("returns undefined"),
  "transport.open": but(),
  "transport.close": ["throws at once", "rejects", "never resolves", "resolves late"],
  "database.open": but(),
  "database.close": ["throws at once", "rejects", "never resolves", "resolves late"],
};

/** Cells whose mend is not there yet. */
export const awaiting: ReadonlySet<string> = new Set(
  Object.entries(cells).flatMap(([door, own]) => own.map((column) => `${door}: ${column}`)),
);
