import { bytewise, strategyName } from "../sql/column-types.ts";
import { countEdits, engine } from "./0001-tables.ts";

/** Categories, whose edits dispatches learn of as of strategies'. `schema` is a quoted identifier. */
export function categories(schema: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.category (
  name ${strategyName} NOT NULL PRIMARY KEY,
  definition LONGTEXT ${bytewise} NOT NULL,
  updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  CONSTRAINT category_definition CHECK (JSON_VALID(definition) AND JSON_TYPE(definition) = 'OBJECT')
) ${engine}`,
    ...["INSERT", "UPDATE", "DELETE"].flatMap((event) => countEdits(schema, event, "category")),
  ];
}
