import { instant } from "../sql/column-types.ts";

/**
 * Which strategies running workers have: a row for each fifty, as a JSON array, and until when it
 * holds. What has deliveries and is in none of them is stranded. `schema` is a quoted identifier.
 */
export function workers(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.worker (
  id uniqueidentifier NOT NULL,
  part int NOT NULL,
  strategies nvarchar(4000) NOT NULL,
  attends_until ${instant} NOT NULL,
  CONSTRAINT worker_pk PRIMARY KEY (id, part)
)`,
  ];
}
