import { bytewise, id, strategyName } from "../sql/column-types.ts";
import { now } from "../sql/spelling.ts";

/**
 * What operators do. Whoever may act may add an entry, and neither change one nor delete it: what is
 * older than 400 days goes by a procedure with its owner's rights, since no trigger may write the
 * table that it is of. Each definition may be run again after a break.
 */
export function operations(schema: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.operation (
  id ${id} NOT NULL AUTO_INCREMENT PRIMARY KEY,
  acted_at DATETIME(6) NOT NULL DEFAULT (${now}),
  login VARCHAR(400) ${bytewise} NOT NULL DEFAULT (SESSION_USER()),
  actor VARCHAR(200) ${bytewise} NULL,
  action VARCHAR(64) ${bytewise} NOT NULL,
  strategy ${strategyName} NULL,
  reason VARCHAR(1000) ${bytewise} NULL,
  selection VARCHAR(2000) ${bytewise} NOT NULL DEFAULT '{}',
  \`count\` ${id} NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    `DROP PROCEDURE IF EXISTS ${schema}.forget_operations`,
    `CREATE PROCEDURE ${schema}.forget_operations() MODIFIES SQL DATA SQL SECURITY DEFINER
  DELETE FROM ${schema}.operation
   WHERE id IN (SELECT id FROM (SELECT id FROM ${schema}.operation ORDER BY id LIMIT 100) AS oldest)
     AND acted_at < ${now} - INTERVAL 400 DAY`,
  ];
}
