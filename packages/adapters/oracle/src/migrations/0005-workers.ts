import { localName, nameOf, type Place } from "../sql/names.ts";

/**
 * Which strategies running workers have: a row for each fifty, as a JSON array, and until when it
 * holds. What has deliveries and is in none of them is stranded.
 */
export function workers(place: Place): readonly string[] {
  return [
    `CREATE TABLE ${nameOf(place, "worker")} (
  id VARCHAR2(36 CHAR) NOT NULL,
  part NUMBER(9) NOT NULL,
  strategies VARCHAR2(4000) NOT NULL,
  attends_until TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  CONSTRAINT ${localName(place, "worker_pk")} PRIMARY KEY (id, part)
)`,
  ];
}
