import type { ColumnSpelling } from "@syncline/core/adapter-kit";
import { ageMs, epochMs } from "./time.ts";

/** An age is of `@now`. */
export const spelling: ColumnSpelling = {
  name: (column) => (column === "key" ? "[key]" : column),
  kinds: { instant: epochMs, age: ageMs },
};
