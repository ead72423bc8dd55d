import { changesJson } from "@syncline/core/adapter-kit";
import type { Change } from "@syncline/core/spi";
import { anyText, operation, traceparent } from "./column-types.ts";

/**
 * Records changes: one statement and one parameter, whatever their number, and in their order.
 * `schema` is a quoted identifier.
 *
 * - The parameter is base64. Libraries write values into the text, and escape them by rules that
 *   the session's sql_mode and character set may change; letters and digits need no escape.
 * - MariaDB knows whether there is a transaction. Without one the category is empty, which the
 *   table's constraint refuses. MySQL takes the same for a comment.
 * - Whatever the connection compares and converts by, the table's columns decide.
 */
export function recordChanges(schema: string): string {
  return `INSERT INTO ${schema}.\`change\` (category, \`condition\`, operation, traceparent)
SELECT /*M! IF(@@in_transaction = 1, */ g.c /*M! , '') */, g.k, g.o, g.t
  FROM JSON_TABLE(CONVERT(FROM_BASE64(?) USING utf8mb4), '$[*]' COLUMNS (
    n FOR ORDINALITY, c VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.c', k ${anyText} PATH '$.k', o ${operation} PATH '$.o', t ${traceparent} PATH '$.t')) AS g
 ORDER BY g.n`;
}

export function changesParameter(changes: readonly Change[]): string {
  return Buffer.from(changesJson(changes)).toString("base64");
}
