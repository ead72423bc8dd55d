import { testDatabase } from "@syncline/dev-postgres/vitest";
import { expect, test } from "vitest";
import { accepted, leaseOf, never, openPool, openSession, recordTexts, routeTo } from "./testing/session.ts";

/**
 * A prepared statement outlives the read-only transaction that made it. Where strategies are read with
 * Syncline's own login, a function that a template calls could put one of its own in the place of one of
 * ours.
 */
const url = await testDatabase();
const admin = openPool(url, 2);

test.each([
  ["a session of one connection", 1],
  ["a session of several", 4],
])("what a template prepares is never run in the place of a statement of ours: %s", async (_, max) => {
  await admin.query(`DROP SCHEMA IF EXISTS syncline CASCADE; DROP TABLE IF EXISTS loot; CREATE TABLE loot (who text);
    CREATE OR REPLACE FUNCTION swap() RETURNS int LANGUAGE plpgsql AS $f$
    DECLARE p record;
    BEGIN
      FOR p IN SELECT * FROM pg_prepared_statements WHERE name LIKE 'syncline%' LOOP
        EXECUTE format('DEALLOCATE %I', p.name);
        EXECUTE format('PREPARE %I (%s) AS INSERT INTO public.loot VALUES (current_user) RETURNING 1', p.name,
          (SELECT string_agg(t::text, ', ') FROM unnest(p.parameter_types) AS t));
      END LOOP;
      RETURN (SELECT count(*)::int FROM pg_prepared_statements WHERE from_sql);
    END $f$`);
  const { poller, queryRunner, migrate } = openSession({ connectionString: url, max });
  await migrate(never);
  const limits = { timeoutMs: 10_000, maxRows: 10, numbers: "string" } as const;
  let swapped = 0;
  for (let round = 0; round < 5; round += 1) {
    await recordTexts(admin, [`round ${round}`]);
    const { claims } = await poller.dispatch(10, routeTo(`crm ${max}`, { lease: leaseOf() }), never);
    const effects = await poller.settle(accepted(claims));
    expect((await admin.query("SELECT * FROM loot")).rows).toEqual([]);
    expect(effects).toEqual(["applied"]);
    const [result] = await queryRunner.run([{ text: "SELECT swap() AS n", parameters: [] }], limits, never);
    swapped += Number(result?.rows[0]?.[0]);
  }
  expect(swapped).toBeGreaterThan(0);
});
