import { strandedColumns } from "@syncline/core/adapter-kit";
import { milliseconds } from "./epoch.ts";
import { bigint, boolean, float8, list, rows, text, uuid } from "./parameters.ts";
import { spelling } from "./spelling.ts";
import { type Places, statement } from "./statement.ts";
import { unnest } from "./unnest.ts";

const now = "statement_timestamp()";

/**
 * Says that the worker has the strategies (JSON arrays, one a row) for so long. Returns those of
 * the other living workers, in the same form. What has lapsed long since is deleted: a worker that
 * was killed does it for itself no more.
 */
export function attend(schema: string) {
  const parameters = { worker: uuid, parts: list(text), lapseMs: float8 };
  return statement(
    "attend",
    parameters,
    ({ worker, parts, lapseMs }) => `WITH attending AS (
  INSERT INTO ${schema}.worker AS w (id, part, strategies, attends_until)
  SELECT ${worker}, p.part, p.strategies, ${now} + ${milliseconds(lapseMs)}
    FROM ${unnest(parts)} WITH ORDINALITY AS p(strategies, part)
      ON CONFLICT (id, part) DO UPDATE SET strategies = EXCLUDED.strategies, attends_until = EXCLUDED.attends_until
), gone AS (
  DELETE FROM ${schema}.worker AS w
   WHERE CASE w.id WHEN ${worker} THEN w.part > cardinality(${parts}) ELSE w.attends_until < ${now} - interval '1 day' END
)
SELECT w.strategies FROM ${schema}.worker AS w WHERE w.id <> ${worker} AND w.attends_until > ${now}`,
  );
}

/**
 * What there is of strategies between names, exclusively: the gaps between those that workers have,
 * whose own rows are not read: OFFSET 0 keeps the planner from reading all once and then asking of
 * each row in which gap it is.
 */
export function listStranded(schema: string) {
  return statement(
    "stranded",
    { gaps: rows({ low: text, high: text }) },
    ({ gaps }) => `SELECT ${strandedColumns.select(spelling, {
      as: {
        strategy: "d.strategy",
        pending: "(count(*) FILTER (WHERE d.state = 'pending'))",
        leased: `(count(*) FILTER (WHERE d.state = 'pending' AND d.token IS NOT NULL AND d.due_at > ${now}))`,
        dead: "(count(*) FILTER (WHERE d.state = 'dead'))",
        held: "(count(*) FILTER (WHERE d.state = 'held'))",
        oldestAgeMs: "min(d.first_recorded_at)",
        key: "min(d.key)",
      },
    })}
  FROM ${gaps("gap")}
 CROSS JOIN LATERAL (
   SELECT o.strategy, o.state, o.token, o.due_at, o.first_recorded_at, o.key FROM ${schema}.delivery AS o
    WHERE o.strategy > gap.low AND o.strategy < gap.high OFFSET 0) AS d
 GROUP BY d.strategy
 ORDER BY d.strategy`,
  );
}

const portion = { strategy: text, withHeld: boolean, most: bigint };

/**
 * A portion of the deliveries that nobody works on. In the order of the index over (strategy, key,
 * ordinal), so that a portion reads no more than it takes, and the deliveries of a key come in
 * their order. Locked by nobody else, and nobody is waited for: so it does not matter that other
 * statements lock by id.
 */
function taken(schema: string, { strategy, withHeld, most }: Places<typeof portion>): string {
  return `chosen AS MATERIALIZED (
  SELECT d.id FROM ${schema}.delivery AS d
   WHERE d.strategy = ${strategy}
     AND CASE d.state WHEN 'pending' THEN d.token IS NULL OR d.due_at <= ${now} WHEN 'held' THEN ${withHeld} ELSE true END
   ORDER BY d.strategy, d.key, d.ordinal
   LIMIT ${most}
     FOR UPDATE SKIP LOCKED
), taken AS (
  DELETE FROM ${schema}.delivery AS d USING chosen WHERE d.id = chosen.id
  RETURNING d.id, d.key, d.operation, d.first_recorded_at
)`;
}

/** Records what it takes as changes of a category for the target alone. Returns how many. */
export function moveStranded(schema: string) {
  return statement(
    "move_stranded",
    { ...portion, target: text, category: text },
    (places) => `WITH ${taken(schema, places)}, moved AS (
  INSERT INTO ${schema}.change (category, condition, operation, strategy, recorded_at)
  SELECT ${places.category}, key, operation, ${places.target}, first_recorded_at FROM taken ORDER BY id
  RETURNING id
)
SELECT count(*)::text FROM moved`,
  );
}

export function discardStranded(schema: string) {
  return statement(
    "discard_stranded",
    portion,
    (places) => `WITH ${taken(schema, places)}
SELECT count(*)::text FROM taken`,
  );
}
