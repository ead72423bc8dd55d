import { grantToRoles } from "./shared-texts.ts";

/**
 * Which strategies running workers have: a row for each fifty, as a JSON array, and until when it
 * holds. What has deliveries and is in none of them is stranded. `schema` is a quoted identifier.
 */
export function workers(schema: string): readonly string[] {
  return [
    `CREATE TABLE ${schema}.worker (
  id uuid NOT NULL,
  part integer NOT NULL,
  strategies text NOT NULL,
  attends_until timestamptz NOT NULL,
  PRIMARY KEY (id, part)
) WITH (fillfactor = 50)`,
    grantToWorkers(schema),
  ];
}

/**
 * Roles that settle deliveries are workers' roles: else each would have to be granted it by hand,
 * once.
 */
const grantToWorkers = (schema: string) =>
  grantToRoles(schema, {
    ...{ as: "worker", privilege: "UPDATE", table: "delivery" },
    ...{ rights: "SELECT, INSERT, UPDATE, DELETE", on: "worker" },
  });
