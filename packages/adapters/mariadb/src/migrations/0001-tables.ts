import { anyText, ascii, bytewise, id, key, operation, strategyName, token } from "../sql/column-types.ts";
import { now } from "../sql/spelling.ts";

/**
 * The tables. `schema` is a quoted identifier. MariaDB commits with each definition: so each may be
 * run again after a break.
 */
export function tables(schema: string): readonly string[] {
  return [
    change(schema),
    dispatcher(schema),
    `INSERT IGNORE INTO ${schema}.dispatcher (id) VALUES (1)`,
    delivery(schema),
    pause(schema),
    refused(schema),
    strategy(schema),
    ...["INSERT", "UPDATE", "DELETE"].flatMap((event) => countEdits(schema, event)),
    worker(schema),
  ];
}

export const engine = "ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
/** Whatever the session's sql_mode and zone are: the clock is UTC. */
const recordedAt = `recorded_at DATETIME(6) NOT NULL DEFAULT (${now})`;

// An empty category is how the recorder's statement fails outside of a transaction.
const change = (schema: string) => `CREATE TABLE IF NOT EXISTS ${schema}.\`change\` (
  id ${id} NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ${recordedAt},
  category VARCHAR(128) ${bytewise} NOT NULL,
  \`condition\` ${anyText} NOT NULL,
  operation ${operation} NOT NULL DEFAULT 'upsert',
  strategy ${strategyName} NULL,
  CONSTRAINT change_in_transaction CHECK (category <> ''),
  CONSTRAINT change_operation CHECK (operation IN ('upsert', 'delete'))
) ${engine}`;

// The row that dispatches lock. It keeps the last revision drawn, too: written in place.
const dispatcher = (schema: string) => `CREATE TABLE IF NOT EXISTS ${schema}.dispatcher (
  id TINYINT UNSIGNED NOT NULL DEFAULT 1 PRIMARY KEY,
  strategies_revision ${id} NOT NULL DEFAULT 0,
  revision ${id} NOT NULL DEFAULT 0,
  CONSTRAINT dispatcher_alone CHECK (id = 1)
) ${engine}`;

const delivery = (schema: string) => `CREATE TABLE IF NOT EXISTS ${schema}.delivery (
  id ${id} NOT NULL PRIMARY KEY,
  strategy ${strategyName} NOT NULL,
  \`key\` ${key} NOT NULL,
  ordinal ${id} NOT NULL DEFAULT 0,
  revision ${id} NOT NULL,
  due_at DATETIME(6) NOT NULL,
  first_recorded_at DATETIME(6) NOT NULL,
  \`changes\` ${id} NOT NULL DEFAULT 1,
  token ${token} NULL,
  epoch INT UNSIGNED NOT NULL DEFAULT 0,
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  debounced BOOLEAN NOT NULL DEFAULT false,
  state VARCHAR(7) ${ascii} NOT NULL DEFAULT 'pending',
  operation ${operation} NOT NULL,
  failure_kind VARCHAR(64) ${bytewise} NULL,
  failure_code VARCHAR(200) ${bytewise} NULL,
  failure_message VARCHAR(2000) ${bytewise} NULL,
  died_at DATETIME(6) NULL,
  UNIQUE KEY delivery_key (strategy, \`key\`, ordinal),
  KEY delivery_due (strategy, state, due_at, id),
  KEY delivery_state (state, id),
  CONSTRAINT delivery_state CHECK (state IN ('pending', 'dead', 'held')),
  CONSTRAINT delivery_operation CHECK (operation IN ('upsert', 'delete'))
) ${engine}`;

const pause = (schema: string) => `CREATE TABLE IF NOT EXISTS ${schema}.pause (
  strategy ${strategyName} NOT NULL PRIMARY KEY,
  paused_at DATETIME(6) NOT NULL DEFAULT (${now})
) ${engine}`;

const refused = (schema: string) => `CREATE TABLE IF NOT EXISTS ${schema}.refused (
  id ${id} NOT NULL PRIMARY KEY,
  recorded_at DATETIME(6) NOT NULL,
  category VARCHAR(128) ${bytewise} NOT NULL,
  \`condition\` ${anyText} NOT NULL,
  operation ${operation} NOT NULL,
  strategy ${strategyName} NULL,
  reason VARCHAR(2000) ${bytewise} NOT NULL,
  KEY refused_category (category, id)
) ${engine}`;

const strategy = (schema: string) => `CREATE TABLE IF NOT EXISTS ${schema}.strategy (
  name ${strategyName} NOT NULL PRIMARY KEY,
  definition LONGTEXT ${bytewise} NOT NULL,
  enabled BOOLEAN NOT NULL DEFAULT true,
  updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  CONSTRAINT strategy_definition CHECK (JSON_VALID(definition) AND JSON_TYPE(definition) = 'OBJECT')
) ${engine}`;

/**
 * In the editor's own transaction, and on the row that a dispatch locks: so no change is dispatched
 * between an edit and its commit, and the first dispatch after it knows of it. It runs as whoever
 * migrated: who may edit strategies needs no right to the lock's table.
 */
export const countEdits = (schema: string, event: string, table = "strategy") => {
  const name = `${schema}.${table}_${event.toLowerCase()}`;
  return [
    `DROP TRIGGER IF EXISTS ${name}`,
    `CREATE TRIGGER ${name} AFTER ${event} ON ${schema}.${table} FOR EACH ROW
  UPDATE ${schema}.dispatcher SET strategies_revision = strategies_revision + 1 WHERE id = 1`,
  ];
};

const worker = (schema: string) => `CREATE TABLE IF NOT EXISTS ${schema}.worker (
  id ${token} NOT NULL,
  part INT UNSIGNED NOT NULL,
  strategies ${anyText} NOT NULL,
  attends_until DATETIME(6) NOT NULL,
  PRIMARY KEY (id, part)
) ${engine}`;
