import { ask, type StrandedStatements, strandedColumns } from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { answering, changing, type SqliteStatementText } from "./sql-driver.ts";

const attending = changing<object>(`INSERT INTO syncline_worker (id, part, strategies, attends_until)
SELECT @worker, key, value, CAST(@now + @lapseMs AS INTEGER) FROM json_each(@parts) WHERE true
ON CONFLICT (id, part) DO UPDATE SET strategies = excluded.strategies, attends_until = excluded.attends_until`);
/** Of its own, parts that it has no more; of others, what has lapsed a day ago. */
const gone = changing<object>(`DELETE FROM syncline_worker
 WHERE iif(id = @worker, part >= json_array_length(@parts), attends_until < @now - 86400000)`);
const others = answering<object>("SELECT strategies FROM syncline_worker WHERE id <> @worker AND attends_until > @now");

/** A portion of the deliveries that nobody works on, by the index over strategy, key and ordinal. */
const chosen = `SELECT id FROM syncline_delivery
   WHERE strategy = @strategy
     AND CASE state WHEN 'pending' THEN token IS NULL OR due_at <= @now WHEN 'held' THEN @withHeld ELSE 1 END
   ORDER BY strategy, key, ordinal LIMIT @most`;
const take = changing<object>(`DELETE FROM syncline_delivery WHERE id IN (${chosen})`);
const record = changing<object>(`INSERT INTO syncline_change (category, condition, operation, strategy, recorded_at)
SELECT @category, key, operation, @target, first_recorded_at FROM syncline_delivery WHERE id IN (${chosen}) ORDER BY id`);

export const strandedStatements: StrandedStatements<SqliteStatementText> = {
  *attend(given) {
    yield* ask(attending, given);
    yield* ask(gone, given);
    return yield* ask(others, given);
  },
  // CROSS JOIN is SQLite's word for this order: of the strategies that workers have, nothing is read.
  listStranded: answering(`SELECT ${strandedColumns.select(spelling, {
    as: {
      strategy: "d.strategy",
      pending: "count(*) FILTER (WHERE d.state = 'pending')",
      leased: "count(*) FILTER (WHERE d.state = 'pending' AND d.token IS NOT NULL AND d.due_at > @now)",
      dead: "count(*) FILTER (WHERE d.state = 'dead')",
      held: "count(*) FILTER (WHERE d.state = 'held')",
      oldestAgeMs: "min(d.first_recorded_at)",
      key: "min(d.key)",
    },
  })}
  FROM json_each(@gaps) AS gap CROSS JOIN syncline_delivery AS d
 WHERE d.strategy > gap.value ->> 'low' AND d.strategy < gap.value ->> 'high'
 GROUP BY d.strategy ORDER BY d.strategy`),
  *moveStranded(given) {
    yield* ask(record, given);
    return yield* ask(take, given);
  },
  discardStranded: take,
};
