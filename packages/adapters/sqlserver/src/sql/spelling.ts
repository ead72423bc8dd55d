import type { ColumnSpelling } from "@syncline/core/adapter-kit";
import { epochMs } from "./time.ts";

export const spelling: ColumnSpelling = {
  name: (column) => (column === "key" ? "[key]" : column),
  kinds: { instant: epochMs },
};
