import type { ColumnSpelling } from "@syncline/core/adapter-kit";

/** Ids are of 64 bits; ages and times are milliseconds already. */
export const spelling: ColumnSpelling = {
  name: (column) => column,
  kinds: {
    digits: (expression) => `CAST(${expression} AS TEXT)`,
    age: (expression) => `max(0, @now - coalesce(${expression}, @now))`,
  },
};
