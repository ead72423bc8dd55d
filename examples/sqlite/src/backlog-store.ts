import { checkSelection, pageOf, pageQuery } from "@syncline/core/adapter-kit";
import type { BacklogStatus, BacklogStore, DeadLetter, DeadLetterSelection, StrategyBacklog } from "@syncline/core/spi";
import { backfill } from "./backfill.ts";
import type { Parameters, Row } from "./driver.ts";
import type { Sql, Store } from "./store.ts";

export function backlogOn(store: Store): BacklogStore {
  const change = (text: string, parameters: Parameters, signal: AbortSignal) =>
    store.write((sql) => sql.run(text, { now: sql.now, ...parameters }), signal);
  return {
    status: (signal) => store.read(status, signal),
    deadLetters: async (query, signal) => {
      const { after, strategy, limit } = pageQuery(query);
      const wanted = { after, strategy: strategy ?? null, limit: BigInt(limit) };
      const rows = await store.read((sql) => sql.all(deadLetters, wanted), signal);
      return pageOf(rows.map(letterOf), pageQuery(query));
    },
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

/** `blocked`: behind a dead or held one of its key, so only a person can bring it on its way. */
const strategies = `SELECT name,
  coalesce(sum(state = 'pending' AND due_at <= @now AND NOT blocked), 0),
  coalesce(sum(state = 'pending' AND due_at <= @now AND blocked), 0),
  coalesce(sum(state = 'pending' AND due_at > @now AND token IS NULL), 0),
  coalesce(sum(state = 'pending' AND due_at > @now AND token IS NOT NULL), 0),
  coalesce(sum(state = 'dead'), 0),
  coalesce(sum(state = 'held'), 0),
  min(iif(state = 'pending', first_recorded_at, NULL)),
  EXISTS (SELECT 1 FROM syncline_pause WHERE strategy = name)
FROM (SELECT strategy AS name FROM syncline_delivery UNION SELECT strategy FROM syncline_pause)
LEFT JOIN (SELECT *, ordinal > 0 AND EXISTS (
             SELECT 1 FROM syncline_delivery AS o
              WHERE o.strategy = d.strategy AND o.key = d.key AND o.ordinal < d.ordinal AND o.state <> 'pending') AS blocked
             FROM syncline_delivery AS d) ON strategy = name
GROUP BY name ORDER BY name`;

function status(sql: Sql): BacklogStatus {
  const [changes] = sql.all("SELECT count(*), min(recorded_at) FROM syncline_change");
  const [refused] = sql.all("SELECT count(*) FROM syncline_refused");
  return {
    changes: Number(changes?.[0]),
    oldestChangeAgeMs: ageOf(sql, changes?.[1]),
    refused: Number(refused?.[0]),
    strategies: sql.all(strategies, { now: sql.now }).map((row) => backlogOf(sql, row)),
  };
}

function backlogOf(
  sql: Sql,
  [strategy, due, blocked, waiting, leased, dead, held, oldest, paused]: Row,
): StrategyBacklog {
  return {
    strategy: String(strategy),
    due: Number(due),
    blocked: Number(blocked),
    waiting: Number(waiting),
    leased: Number(leased),
    dead: Number(dead),
    held: Number(held),
    oldestAgeMs: ageOf(sql, oldest),
    paused: paused === 1n,
  };
}

function ageOf(sql: Sql, oldest: Row[number] | undefined): number {
  return oldest === null ? 0 : Math.max(0, sql.now - Number(oldest));
}

const deadLetters = `SELECT id, strategy, key, state, operation, attempts, epoch, failure_kind, failure_code, failure_message, died_at
  FROM syncline_delivery
 WHERE state <> 'pending' AND id > @after AND (@strategy IS NULL OR strategy = @strategy)
 ORDER BY id LIMIT @limit`;

function letterOf([
  id,
  strategy,
  key,
  state,
  operation,
  attempts,
  epoch,
  kind,
  code,
  message,
  diedAt,
]: Row): DeadLetter {
  return {
    id: String(id),
    strategy: String(strategy),
    key: String(key),
    state: state === "held" ? "held" : "dead",
    operation: operation === "delete" ? "delete" : "upsert",
    attempts: Number(attempts),
    epoch: Number(epoch),
    failure: { kind: String(kind), code: String(code), message: String(message) },
    diedAt: Number(diedAt),
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
  const { ids, strategy } = checkSelection(selection);
  return { ids: JSON.stringify(ids ?? []), strategy: strategy ?? null };
}

const ofCategories = "FROM syncline_refused WHERE category IN (SELECT value FROM json_each(@categories))";

/** In their order and with their times, under new ids. */
function readmit(sql: Sql, categories: readonly string[]): number {
  const wanted = { categories: JSON.stringify(categories) };
  sql.run(
    `INSERT INTO syncline_change (category, condition, operation, strategy, recorded_at)
     SELECT category, condition, operation, strategy, recorded_at ${ofCategories} ORDER BY id`,
    wanted,
  );
  return sql.run(`DELETE ${ofCategories}`, wanted);
}
