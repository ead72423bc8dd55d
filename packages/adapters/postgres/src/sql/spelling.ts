import type { ColumnSpelling } from "@syncline/core/adapter-kit";
import { epochMs } from "./epoch.ts";

/** Every value travels as a text: see `TextRow`. */
const asText = (expression: string) => `${expression}::text`;

export const spelling: ColumnSpelling = {
  name: (column) => column,
  kinds: {
    digits: asText,
    number: asText,
    instant: (expression) => asText(epochMs(expression)),
    flag: (expression) => asText(`${expression}::int`),
    age: (oldest) => `greatest(0, coalesce(date_part('epoch', statement_timestamp() - ${oldest}) * 1000, 0))::text`,
  },
};
