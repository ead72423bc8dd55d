import type { ColumnSpelling } from "@syncline/core/adapter-kit";
import { ageMs, utcText } from "./time.ts";

const asText = (expression: string) => `TO_CHAR(${expression})`;

/** Every column of a query is a text: see `OwnStatement`. An age is of SYSTIMESTAMP. */
export const spelling: ColumnSpelling = {
  name: (column) => column,
  kinds: {
    digits: asText,
    number: asText,
    instant: utcText,
    flag: asText,
    age: (oldest) => asText(ageMs(oldest)),
  },
};
