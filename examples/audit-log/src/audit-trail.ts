import { randomUUID } from "node:crypto";
import type { Outcome, SyncCall } from "@syncline/core/spi";
import type pg from "pg";

/** What was sent to whom, and what became of it: keys only, no content. */
export interface AuditTrail {
  /** Before a call. Gives what `ended` needs. */
  began(call: SyncCall): Promise<readonly string[]>;
  /** After it. */
  ended(entries: readonly string[], outcome: Outcome): Promise<void>;
}

/** One row per item of each call. A row that says nothing of an outcome is of a call whose end nobody saw. */
export const auditTable = `
CREATE TABLE audit_log (
  id uuid PRIMARY KEY,
  strategy text NOT NULL,
  operation text NOT NULL,
  key jsonb NOT NULL,
  delivery_id text NOT NULL,
  attempt int NOT NULL,
  began_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  outcome text
)`;

export function postgresTrail(pool: pg.Pool): AuditTrail {
  return {
    async began({ strategy, operation, attempt, items }) {
      const given = items.map((item) => ({ id: randomUUID(), key: item.key, delivery_id: item.deliveryId }));
      await pool.query(
        `INSERT INTO audit_log (id, strategy, operation, attempt, key, delivery_id)
         SELECT given.id, $1, $2, $3, given.key, given.delivery_id
           FROM jsonb_to_recordset($4::text::jsonb) AS given(id uuid, key jsonb, delivery_id text)`,
        [strategy, operation, attempt, JSON.stringify(given)],
      );
      return given.map(({ id }) => id);
    },
    async ended(entries, outcome) {
      await pool.query(
        `UPDATE audit_log SET ended_at = now(), outcome = given.outcome
           FROM unnest($1::uuid[], $2::text[]) AS given(id, outcome)
          WHERE audit_log.id = given.id`,
        [entries, entries.map((_, index) => wordFor(outcome, index))],
      );
    },
  };
}

/** What became of one item of a call. */
function wordFor(outcome: Outcome, index: number): string {
  if (outcome.status === "failed") return outcome.failure.code;
  if (outcome.status === "accepted") return "accepted";
  const failed = outcome.failures.find((each) => each.index === index);
  if (failed !== undefined) return failed.failure.code;
  return outcome.status === "partial" ? "accepted" : "not sent";
}
