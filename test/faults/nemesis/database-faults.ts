import { createPipeline } from "@syncline/core";
import { postgres } from "@syncline/postgres";
import { categories } from "../shop.ts";
import type { Fault, FaultContext } from "./fault.ts";
import { pause } from "./pause.ts";
import { untilDone, withClient } from "./with-client.ts";

const ofWorkers = "datname = current_database() AND application_name = 'syncline' AND usename = $1";

/** Disk full, serialization, deadlock, lock not available, cancelled, too many connections. */
const states = ["53100", "40001", "40P01", "55P03", "57014", "53300"] as const;

/** What may happen inside a database server that goes on running. `role` is the workers'. */
export function databaseFaults(role: string): readonly Fault[] {
  return [
    terminatedBackends(role),
    exhaustedConnections(role),
    failingStatements,
    holding("dispatcher locked", "SELECT FROM syncline.dispatcher WHERE id = 1 FOR UPDATE"),
    holding("delivery table locked", "LOCK TABLE syncline.delivery IN ACCESS EXCLUSIVE MODE"),
    holding("old snapshot held", "BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM syncline.delivery"),
    running("tables rewritten", "VACUUM FULL syncline.delivery", "REINDEX TABLE syncline.change"),
    migrated,
  ];
}

function terminatedBackends(role: string): Fault {
  return {
    name: "backends terminated",
    inflict: ({ adminUrl, random, note }) =>
      withClient(adminUrl, async (client) => {
        const { rows } = await client.query<{ readonly pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE ${ofWorkers} ORDER BY pid`,
          [role],
        );
        const victims = rows.filter(() => random.chance(0.5)).map(({ pid }) => pid);
        note?.(`${victims.length} backends`);
        await client.query("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", [victims]);
      }),
  };
}

function exhaustedConnections(role: string): Fault {
  return {
    name: "connections exhausted",
    inflict: ({ adminUrl, random, signal }) =>
      withClient(adminUrl, async (client) => {
        try {
          await client.query(`ALTER ROLE ${role} CONNECTION LIMIT 1`);
          await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${ofWorkers}`, [role]);
          await pause(random.integer(200, 1_500), signal);
        } finally {
          await untilDone(adminUrl, `ALTER ROLE ${role} CONNECTION LIMIT -1`);
        }
      }),
  };
}

/** Half of the workers' statements on the deliveries fail, with a state picked at random. */
export const failingStatements: Fault = {
  name: "statements fail",
  inflict: ({ adminUrl, random, signal, note }) =>
    withClient(adminUrl, async (client) => {
      const state = random.pick(states);
      note?.(state);
      await client.query(`CREATE OR REPLACE FUNCTION nemesis_fails() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF random() < 0.5 THEN RAISE EXCEPTION 'as the nemesis wants it' USING ERRCODE = '${state}'; END IF;
  RETURN NULL;
END $body$`);
      try {
        await client.query(`CREATE TRIGGER nemesis_fails AFTER INSERT OR UPDATE OR DELETE ON syncline.delivery
FOR EACH STATEMENT EXECUTE FUNCTION nemesis_fails()`);
        await pause(random.integer(200, 1_500), signal);
      } finally {
        await untilDone(adminUrl, "DROP TRIGGER IF EXISTS nemesis_fails ON syncline.delivery");
      }
    }),
};

/** Another migrate() while workers run, as of a process that starts. */
const migrated: Fault = {
  name: "migrated in the middle",
  async inflict({ adminUrl }) {
    const pipeline = createPipeline({
      database: postgres({ connectionString: adminUrl, max: 1 }),
      categories,
      downstreams: {},
    });
    try {
      await pipeline.migrate();
    } finally {
      await pipeline.stop();
    }
  },
};

/** A foreign transaction that holds for seconds what these statements take. */
function holding(name: string, ...statements: readonly string[]): Fault {
  return {
    name,
    inflict: ({ adminUrl, random, signal }: FaultContext) =>
      withClient(adminUrl, async (client) => {
        if (statements[0]?.startsWith("BEGIN") !== true) await client.query("BEGIN");
        for (const statement of statements) await client.query(statement);
        await pause(random.integer(300, 2_500), signal);
        await client.query("ROLLBACK");
      }),
  };
}

function running(name: string, ...statements: readonly string[]): Fault {
  return {
    name,
    inflict: ({ adminUrl }) =>
      withClient(adminUrl, async (client) => {
        for (const statement of statements) await client.query(statement);
      }),
  };
}
