import { carriedEach, carriedList, type FoldRow, type NewDeliveryRow } from "@syncline/core/adapter-kit";
import { anyText, ascii, id, key, milliseconds, operation, strategyName, token } from "./column-types.ts";
import { now, timeAfter, timeAt } from "./spelling.ts";
import { rowsOf, statement, valuesOf } from "./statement.ts";

/**
 * Draws a block of `count` revisions: answers the block's last one.
 * Only for the holder of the dispatcher lock, which has the row locked. The block begins after the
 * last one drawn, or at the server's clock in microseconds since 1970 where that is further: so
 * revisions grow across a restore, a move and tables made anew.
 */
export function drawRevisions(schema: string) {
  const clock = `TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', ${now})`;
  return statement<{ count: number }>(
    `UPDATE ${schema}.dispatcher
   SET revision = LAST_INSERT_ID(GREATEST(revision + 1, ${clock}) + :count - 1)
 WHERE id = 1`,
    ([row]) => [[row?.[1]]],
  );
}

/** Those of the given strategies that are paused. */
export function pausedAmong(schema: string) {
  return statement<{ strategies: readonly string[] }>(`SELECT p.strategy
  FROM ${valuesOf("strategies", "g", strategyName)}
  STRAIGHT_JOIN ${schema}.pause AS p FORCE INDEX (PRIMARY) ON p.strategy = g.value`);
}

/**
 * What there is of each delivery's key: its place, and the id and the ordinal of the key's first
 * and last. It locks nothing, and what it found may be settled before it is locked.
 */
export function findDeliveries(schema: string) {
  const ofKey = (
    columns: string,
    order: string,
  ) => `(SELECT ${columns} FROM ${schema}.delivery AS o FORCE INDEX (delivery_key)
         WHERE o.strategy = g.strategy AND o.key = g.key ORDER BY o.ordinal${order} LIMIT 1)`;
  return statement<{ keys: readonly { readonly strategy: string; readonly key: string }[] }>(`SELECT * FROM (
  SELECT g.n, ${ofKey("o.id", "")} AS first,
         ${ofKey("o.id", " DESC")} AS last,
         ${ofKey("o.ordinal", " DESC")} AS last_ordinal
    FROM ${rowsOf("keys", "g", { strategy: strategyName, key })}) AS found
 WHERE last IS NOT NULL`);
}

/** All deliveries of keys but the first: what is written one by one, and merged now. */
export function findBehind(schema: string) {
  return statement<{
    keys: readonly { readonly strategy: string; readonly key: string; readonly first: string }[];
  }>(`SELECT o.id
  FROM ${rowsOf("keys", "g", { strategy: strategyName, key, first: id })}
  STRAIGHT_JOIN ${schema}.delivery AS o FORCE INDEX (delivery_key) ON o.strategy = g.strategy AND o.key = g.key
 WHERE o.id <> g.first`);
}

/** Locks deliveries one after the other, in the order in which they are given: by id. */
export function lockDeliveries(schema: string) {
  return statement<{ ids: readonly string[] }>(`SELECT d.id, d.state
  FROM ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.value
   FOR UPDATE`);
}

/** What was written one by one behind the key's first would be sent with a lower revision after it. */
export function deleteMerged(schema: string) {
  return statement<{ ids: readonly string[] }>(`DELETE ${schema}.delivery
  FROM ${valuesOf("ids", "g", id)}
  STRAIGHT_JOIN ${schema}.delivery FORCE INDEX (PRIMARY) ON delivery.id = g.value
 WHERE delivery.token IS NULL AND delivery.state <> 'held'`);
}

const fold = {
  id,
  revision: id,
  ...carriedEach((_, { most }) => `VARCHAR(${most}) ${ascii}`),
  firstRecordedAt: milliseconds,
  changes: id,
  quietMs: milliseconds,
  longestMs: milliseconds,
};
const folded = carriedList((column, name) => `d.${column} = g.${name}`);
const first = `LEAST(d.first_recorded_at, ${timeAt("g.firstRecordedAt")})`;

/**
 * Folds changes into deliveries that live. A lease and a back-off are left alone; what a quiet
 * window holds back is put off. No value depends on the order in which columns are assigned, which
 * is not defined here.
 */
export function foldIntoLiving(schema: string) {
  return statement<{ folds: readonly FoldRow[] }>(`UPDATE ${rowsOf("folds", "g", fold)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.id
   SET d.revision = g.revision, ${folded}, d.\`changes\` = d.\`changes\` + g.\`changes\`,
       d.first_recorded_at = ${first},
       d.due_at = CASE
         WHEN d.state = 'pending' AND d.token IS NULL AND d.debounced AND g.quietMs IS NOT NULL AND d.due_at > ${now}
         THEN LEAST(${timeAfter("g.quietMs")}, ${timeAfter("g.longestMs", first)})
         ELSE d.due_at END`);
}

/** The same of dead ones, which are revived with fresh attempts. */
export function foldIntoDead(schema: string) {
  return statement<{ folds: readonly FoldRow[] }>(`UPDATE ${rowsOf("folds", "g", fold)}
  STRAIGHT_JOIN ${schema}.delivery AS d FORCE INDEX (PRIMARY) ON d.id = g.id
   SET d.revision = g.revision, ${folded}, d.\`changes\` = d.\`changes\` + g.\`changes\`,
       d.first_recorded_at = ${first}, d.state = 'pending', d.attempts = 0, d.due_at = ${now}, d.died_at = NULL,
       d.failure_kind = NULL, d.failure_code = NULL, d.failure_message = NULL`);
}

export function insertDeliveries(schema: string) {
  const columns = { ...fold, strategy: strategyName, key: anyText, ordinal: id, token, leaseMs: milliseconds };
  const { revision: _revision, ...given } = columns;
  const recorded = timeAt("g.firstRecordedAt");
  return statement<{ deliveries: readonly NewDeliveryRow[] }>(`INSERT INTO ${schema}.delivery
       (id, strategy, \`key\`, ordinal, revision, ${carriedList((column) => column)}, token, due_at, debounced, first_recorded_at, \`changes\`)
SELECT g.id, g.strategy, g.key, g.ordinal, g.id, ${carriedList((_, name) => `g.${name}`)}, g.token,
       CASE WHEN g.token IS NOT NULL THEN ${timeAfter("g.leaseMs")}
            WHEN g.quietMs IS NOT NULL THEN LEAST(${timeAfter("g.quietMs")}, ${timeAfter("g.longestMs", recorded)})
            ELSE ${now} END,
       g.quietMs IS NOT NULL, ${recorded}, g.\`changes\`
  FROM ${rowsOf("deliveries", "g", given)}
 ORDER BY g.n`);
}

export function keepRefused(schema: string) {
  const columns = {
    id,
    category: anyText,
    condition: anyText,
    operation,
    strategy: strategyName,
    recordedAt: milliseconds,
    reason: anyText,
  };
  return statement<{
    refused: readonly object[];
  }>(`INSERT INTO ${schema}.refused (id, category, \`condition\`, operation, strategy, recorded_at, reason)
SELECT g.id, g.category, g.\`condition\`, g.operation, g.strategy, ${timeAt("g.recordedAt")}, g.reason
  FROM ${rowsOf("refused", "g", columns)}`);
}
