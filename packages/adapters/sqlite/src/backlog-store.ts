import { checkSelection, pageOf, pageQuery } from "@syncline/core/adapter-kit";
import type {
  BacklogStatus,
  BacklogStore,
  DeadLetter,
  DeadLetterSelection,
  FoundChange,
  FoundDelivery,
  KeyFindings,
  KeyQuery,
  StrategyBacklog,
} from "@syncline/core/spi";
import { backfill } from "./backfill.ts";
import type { Parameters } from "./driver.ts";
import type { Sql, Store } from "./store.ts";

export function backlogOn(store: Store): BacklogStore {
  const change = (text: string, parameters: Parameters, signal: AbortSignal) =>
    store.write((sql) => sql.run(text, parameters), signal);
  return {
    status: (signal) => store.read(status, signal),
    deadLetters: async (query, signal) => {
      const wanted = pageQuery(query);
      const { after, strategy = null, limit } = wanted;
      const rows = await store.read((sql) => sql.all<Letter>(deadLetters, { after, strategy, limit }), signal);
      return pageOf(rows.map(letterOf), wanted);
    },
    find: (query, signal) => store.read((sql) => find(sql, query), signal),
    requeue: async (selection, signal) => change(requeue, chosen(selection), signal),
    discard: async (selection, signal) => change(discard, chosen(selection), signal),
    pause: async (strategy, signal) => void (await change(pause, { strategy }, signal)),
    resume: async (strategy, signal) => void (await change(resume, { strategy }, signal)),
    backfill: (wanted, signal) => store.write((sql) => backfill(sql, wanted), signal),
    readmit: (categories, signal) => store.write((sql) => readmit(sql, categories), signal),
  };
}

const pause = "INSERT INTO syncline_pause (strategy) VALUES (@strategy) ON CONFLICT DO NOTHING";
const resume = "DELETE FROM syncline_pause WHERE strategy = @strategy";

const age = (oldest: string) => `max(0, @now - coalesce(${oldest}, @now))`;
const totals = `SELECT count(*) AS changes, ${age("min(recorded_at)")} AS oldestChangeAgeMs,
       (SELECT count(*) FROM syncline_refused) AS refused FROM syncline_change`;

/** `blocked`: behind a dead or held one of its key, so only a person can bring it on its way. */
const backlogs = `SELECT name AS strategy,
       count(*) FILTER (WHERE state = 'pending' AND due_at <= @now AND NOT isBehind) AS due,
       count(*) FILTER (WHERE state = 'pending' AND due_at <= @now AND isBehind) AS blocked,
       count(*) FILTER (WHERE state = 'pending' AND due_at > @now AND token IS NULL) AS waiting,
       count(*) FILTER (WHERE state = 'pending' AND due_at > @now AND token IS NOT NULL) AS leased,
       count(*) FILTER (WHERE state = 'dead') AS dead,
       count(*) FILTER (WHERE state = 'held') AS held,
       ${age("min(first_recorded_at) FILTER (WHERE state = 'pending')")} AS oldestAgeMs,
       EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = name) AS paused
  FROM (SELECT strategy AS name FROM syncline_delivery UNION SELECT strategy FROM syncline_pause)
  LEFT JOIN (
    SELECT *, EXISTS (
             SELECT 1 FROM syncline_delivery AS o
              WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal
                AND o.state <> 'pending') AS isBehind
      FROM syncline_delivery AS d) ON strategy = name
 GROUP BY name ORDER BY name`;

function status(sql: Sql): BacklogStatus {
  const [total] = sql.all<Omit<BacklogStatus, "strategies">>(totals);
  const strategies = sql.all<Omit<StrategyBacklog, "paused"> & { readonly paused: number }>(backlogs);
  return {
    ...(total ?? { changes: 0, oldestChangeAgeMs: 0, refused: 0 }),
    strategies: strategies.map((row) => ({ ...row, paused: row.paused === 1 })),
  };
}

const deadLetters = `SELECT CAST(id AS TEXT) AS id, strategy, key, state, operation, attempts, epoch, died_at AS diedAt,
       failure_kind AS kind, failure_code AS code, failure_message AS message
  FROM syncline_delivery AS d
 WHERE state <> 'pending' AND d.id > @after AND (@strategy IS NULL OR strategy = @strategy)
 ORDER BY d.id LIMIT @limit`;

type Letter = Omit<DeadLetter, "failure"> & DeadLetter["failure"];

function letterOf({ kind, code, message, ...letter }: Letter): DeadLetter {
  return { ...letter, failure: { kind, code, message } };
}

const foundChanges = (table: string, reason: string) =>
  `SELECT condition, strategy, ${age("recorded_at")} AS ageMs, ${reason} AS reason
  FROM ${table} WHERE category = @category ORDER BY id LIMIT @most`;

const foundDeliveries = `SELECT CAST(id AS TEXT) AS id, strategy, state, token IS NOT NULL AND due_at > @now AS leased,
       due_at - @now AS dueInMs, operation, attempts, ${age("first_recorded_at")} AS ageMs,
       failure_kind AS kind, failure_code AS code, failure_message AS message
  FROM syncline_delivery
 WHERE key = @key AND strategy IN (SELECT value FROM json_each(@strategies))
 ORDER BY strategy, ordinal, id`;

type DeliveryRow = Omit<FoundDelivery, "leased" | "failure"> & {
  readonly leased: number;
  readonly kind: string | null;
  readonly code: string | null;
  readonly message: string | null;
};

function find(sql: Sql, { category, key, strategies, most }: KeyQuery): KeyFindings {
  const changesOf = (text: string) => sql.all<FoundChange>(text, { category, most });
  const deliveries = { key, strategies: JSON.stringify(strategies) };
  return {
    changes: changesOf(foundChanges("syncline_change", "NULL")),
    refused: changesOf(foundChanges("syncline_refused", "reason")),
    deliveries: sql.all<DeliveryRow>(foundDeliveries, deliveries).map(({ kind, code, message, leased, ...row }) => ({
      ...row,
      leased: leased === 1,
      failure: kind === null ? undefined : { kind, code: code ?? "", message: message ?? "" },
    })),
  };
}

const whereChosen = `WHERE state <> 'pending'
   AND (strategy = @strategy OR id IN (SELECT CAST(value AS INTEGER) FROM json_each(@ids)))`;
const discard = `DELETE FROM syncline_delivery ${whereChosen}`;

/** The next epoch: the same content then goes out under another delivery id. */
const requeue = `UPDATE syncline_delivery
   SET state = 'pending', token = NULL, debounced = 0, due_at = @now, attempts = 0, epoch = epoch + 1, died_at = NULL,
       failure_kind = NULL, failure_code = NULL, failure_message = NULL
 ${whereChosen}`;

function chosen(selection: DeadLetterSelection): Parameters {
  const { ids = [], strategy = null } = checkSelection(selection);
  return { ids: JSON.stringify(ids), strategy };
}

const ofCategories = "FROM syncline_refused WHERE category IN (SELECT value FROM json_each(@categories))";
/** In their order and with their times, under new ids. */
const recordAgain = `INSERT INTO syncline_change (category, condition, operation, strategy, recorded_at)
  SELECT category, condition, operation, strategy, recorded_at ${ofCategories} ORDER BY id`;

function readmit(sql: Sql, categories: readonly string[]): number {
  sql.run(recordAgain, { categories: JSON.stringify(categories) });
  return sql.run(`DELETE ${ofCategories}`, { categories: JSON.stringify(categories) });
}
