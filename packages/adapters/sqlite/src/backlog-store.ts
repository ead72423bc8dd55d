import {
  ask,
  type BacklogStatements,
  backlogColumns,
  changesJson,
  deadCauseColumns,
  deadCauseExpressions,
  deadLetterColumns,
  foundChangeColumns,
  foundDeliveryColumns,
  type Nothing,
} from "@syncline/core/adapter-kit";
import { auditStatements } from "./audit.ts";
import { spelling } from "./spelling.ts";
import { answering, changing, type SqliteStatementText } from "./sql-driver.ts";

/** `blocked`: behind a dead or held one of its key, so only a person can bring it on its way. */
const status = answering<Nothing>(`SELECT ${backlogColumns.select(spelling, {
  as: { changes: "total", oldestChangeAgeMs: "change.oldest", refused: "(SELECT count(*) FROM syncline_refused)" },
  from: "lane.",
})}
  FROM (SELECT count(*) AS total, min(recorded_at) AS oldest FROM syncline_change) AS change
  LEFT JOIN (
SELECT name AS strategy,
       count(*) FILTER (WHERE state = 'pending' AND due_at <= @now AND NOT isBehind) AS due,
       count(*) FILTER (WHERE state = 'pending' AND due_at <= @now AND isBehind) AS blocked,
       count(*) FILTER (WHERE state = 'pending' AND due_at > @now AND token IS NULL) AS waiting,
       count(*) FILTER (WHERE state = 'pending' AND due_at > @now AND token IS NOT NULL) AS leased,
       count(*) FILTER (WHERE state = 'dead') AS dead,
       count(*) FILTER (WHERE state = 'held') AS held,
       min(first_recorded_at) FILTER (WHERE state = 'pending') AS oldest_age_ms,
       EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = name) AS paused
  FROM (SELECT strategy AS name FROM syncline_delivery UNION SELECT strategy FROM syncline_pause)
  LEFT JOIN (
    SELECT *, EXISTS (
             SELECT 1 FROM syncline_delivery AS o
              WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal
                AND o.state <> 'pending') AS isBehind
      FROM syncline_delivery AS d) ON strategy = name
 GROUP BY name) AS lane ON true
 ORDER BY lane.strategy`);

/** What is dead or held, and fits. */
const fits = `state <> 'pending' AND (@strategy IS NULL OR strategy = @strategy)
   AND (@key IS NULL OR instr(key, @key) > 0) AND (@kind IS NULL OR failure_kind = @kind)
   AND (@code IS NULL OR failure_code = @code) AND (@state IS NULL OR state = @state)
   AND (@olderThanMs IS NULL OR died_at <= @now - @olderThanMs)`;

const deadLetters = answering<object>(`SELECT ${deadLetterColumns.select(spelling, { from: "d." })}
  FROM syncline_delivery AS d INDEXED BY syncline_delivery_dead
 WHERE d.id > CAST(@after AS INTEGER) AND ${fits}
 ORDER BY d.id LIMIT @limit`);

const causes = answering<object>(`SELECT ${deadCauseColumns.select(spelling, { as: deadCauseExpressions })}
  FROM syncline_delivery INDEXED BY syncline_delivery_dead
 WHERE ${fits}
 GROUP BY strategy, failure_kind, failure_code
 ORDER BY count(*) DESC, strategy, failure_kind, failure_code LIMIT 1000`);

const foundIn = (table: string, reason: string) =>
  answering<object>(`SELECT ${foundChangeColumns.select(spelling, { as: { ageMs: "recorded_at", reason } })}
  FROM ${table} WHERE category = @category ORDER BY id LIMIT @most`);
const foundDeliveries = answering<object>(`SELECT ${foundDeliveryColumns.select(spelling, {
  from: "d.",
  as: { leased: "(token IS NOT NULL AND due_at > @now)", dueInMs: "(due_at - @now)", ageMs: "first_recorded_at" },
})}
  FROM syncline_delivery AS d
 WHERE key = @key AND strategy IN (SELECT value FROM json_each(@strategies))
 ORDER BY strategy, ordinal, d.id`);

const whereChosen = "WHERE state <> 'pending' AND id IN (SELECT CAST(value AS INTEGER) FROM json_each(@ids))";

/** The next epoch: the same content then goes out under another delivery id. */
const requeue = `UPDATE syncline_delivery
   SET state = 'pending', token = NULL, debounced = 0, due_at = @now, attempts = 0, epoch = epoch + 1, died_at = NULL,
       failure_kind = NULL, failure_code = NULL, failure_message = NULL
 ${whereChosen}`;

const record = changing<{
  readonly strategy: string;
  readonly json: string;
}>(`INSERT INTO syncline_change (category, condition, operation, strategy)
SELECT value ->> 'c', value ->> 'k', value ->> 'o', @strategy FROM json_each(@json) ORDER BY key`);

const ofCategories = "FROM syncline_refused WHERE category IN (SELECT value FROM json_each(@categories))";
/** In their order and with their times, under new ids. */
const recordAgain =
  changing<object>(`INSERT INTO syncline_change (category, condition, operation, strategy, recorded_at)
  SELECT category, condition, operation, strategy, recorded_at ${ofCategories} ORDER BY id`);
const forget = changing<object>(`DELETE ${ofCategories}`);

export const backlogStatements: BacklogStatements<SqliteStatementText> = {
  status,
  deadLetters,
  causes,
  find: {
    changes: foundIn("syncline_change", "NULL"),
    refused: foundIn("syncline_refused", "reason"),
    deliveries: foundDeliveries,
  },
  requeue: changing(requeue),
  discard: changing(`DELETE FROM syncline_delivery ${whereChosen}`),
  pause: changing("INSERT INTO syncline_pause (strategy) VALUES (@strategy) ON CONFLICT DO NOTHING"),
  resume: changing("DELETE FROM syncline_pause WHERE strategy = @strategy"),
  *readmit(given) {
    yield* ask(recordAgain, given);
    return yield* ask(forget, given);
  },
  backfill: ({ strategy, changes }) => ask(record, { strategy, json: changesJson(changes) }),
  audit: auditStatements,
};
