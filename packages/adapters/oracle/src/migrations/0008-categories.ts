import { localName, nameOf, type Place } from "../sql/names.ts";

/** Categories, whose edits dispatches learn of as of strategies': see `editsOfRows`. */
export function categories(place: Place): readonly string[] {
  const table = nameOf(place, "category");
  return [
    `CREATE TABLE ${table} (
  name VARCHAR2(128 CHAR) NOT NULL,
  definition CLOB NOT NULL,
  updated_at TIMESTAMP(6) WITH TIME ZONE DEFAULT SYSTIMESTAMP NOT NULL,
  CONSTRAINT ${localName(place, "category_pk")} PRIMARY KEY (name),
  CONSTRAINT ${localName(place, "category_js")} CHECK (definition IS JSON STRICT)
)`,
    `CREATE OR REPLACE TRIGGER ${nameOf(place, "category_bump")}
AFTER INSERT OR UPDATE OR DELETE ON ${table}
FOR EACH ROW
BEGIN
  UPDATE ${nameOf(place, "dispatcher")} SET strategies_revision = strategies_revision + 1 WHERE id = 1;
END;`,
    `CREATE OR REPLACE TRIGGER ${nameOf(place, "category_touch")}
BEFORE UPDATE ON ${table}
FOR EACH ROW
BEGIN
  :NEW.updated_at := SYSTIMESTAMP;
END;`,
  ];
}
