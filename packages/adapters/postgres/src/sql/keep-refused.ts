/**
 * Keeps changes apart. `$1` ids, `$2` categories, `$3` conditions, `$4` operations, `$5` strategies, `$6` recorded
 * (epoch ms), `$7` reasons.
 */
export function keepRefused(schema: string): string {
  return `INSERT INTO ${schema}.refused (id, category, condition, operation, strategy, recorded_at, reason)
SELECT r.id, r.category, r.condition, r.operation, r.strategy, to_timestamp(r.recorded_ms / 1000), r.reason
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::text[])
       AS r(id, category, condition, operation, strategy, recorded_ms, reason)`;
}
