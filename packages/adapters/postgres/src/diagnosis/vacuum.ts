import type { Examination, Told } from "@syncline/core/adapter-kit";
import type { Connections, TextRow } from "../connections.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { ownStatement } from "../sql/statement.ts";

const switches = ownStatement(
  "vacuum_switches",
  `SELECT current_setting('autovacuum'), current_setting('track_counts'), current_setting('autovacuum_freeze_max_age'),
       (SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database())::text, current_database()::text`,
);

const tables = ownStatement(
  "vacuumed_tables",
  `SELECT s.relname::text, s.n_live_tup::text, s.n_dead_tup::text,
       extract(epoch FROM clock_timestamp() - greatest(s.last_vacuum, s.last_autovacuum))::bigint::text, age(c.relfrozenxid)::text,
       coalesce((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_enabled'), 'true'),
       pg_size_pretty(pg_table_size(c.oid))
  FROM pg_stat_all_tables AS s JOIN pg_class AS c ON c.oid = s.relid WHERE s.schemaname = $1 ORDER BY 1`,
);

/** Rows live for milliseconds: a claim steps over what is not yet vacuumed. */
const why =
  "Claims and dispatches step over dead rows: a first claim after five million of them took 331 ms instead of 9.";
/** By our tables' own settings, autovacuum comes at 2,000. */
const manyDead = 100_000;
/** The server stops writing at some two thousand million. */
const graveAge = 1_200_000_000;

export function vacuumOf(connections: Connections, schemaName: string): Examination {
  const schema = quoteIdentifier(schemaName);
  return {
    check: "vacuum",
    at: "autovacuum",
    look: async (_, signal) => {
      const [[autovacuum, counts, freeze, age, database] = []] = await connections.run(switches, [], signal);
      const rows = await connections.run(tables, [schemaName], signal);
      const off = [
        ...(autovacuum === "on" ? [] : [switchedOff("autovacuum")]),
        ...(counts === "on" ? [] : [switchedOff("track_counts")]),
      ];
      return [
        ...(off.length > 0
          ? off
          : [{ level: "ok" as const, at: "autovacuum", message: "It is on, and counts what changes." }]),
        frozen(Number(age), Number(freeze), `database ${database}`, "VACUUM (FREEZE)"),
        ...rows.flatMap((row) => ofTable(row, schema, Number(freeze))),
      ];
    },
  };
}

function switchedOff(name: string): Told {
  return {
    level: "error",
    at: name,
    message: "It is off for the whole server.",
    why,
    remedy: [`ALTER SYSTEM SET ${name} = on`, "SELECT pg_reload_conf()"],
  };
}

function frozen(age: number, freezeAt: number, at: string, remedy: string): Told {
  const message = `Its oldest transaction is ${age} back; autovacuum freezes at ${freezeAt}, and the server stops writing at 2,000,000,000.`;
  if (age < freezeAt * 1.5 && age < graveAge) return { level: "ok", at, message };
  return {
    level: age > graveAge ? "error" : "warn",
    ...{
      at,
      message,
      why: "Freezing does not keep up: something holds it back, and in the end nothing can be written any more.",
    },
    remedy: [remedy],
  };
}

function ofTable(row: TextRow, schema: string, freezeAt: number): readonly Told[] {
  const [table, live, dead, since, age, enabled, size] = row;
  const at = `table ${table}`;
  const name = `${schema}.${table}`;
  const vacuumed =
    since === null || since === undefined
      ? "never vacuumed, as far as the server counted"
      : `last vacuumed ${since} s ago`;
  const message = `${live} rows, ${dead} dead ones, ${size}, ${vacuumed}.`;
  const aged = frozen(Number(age), freezeAt, at, `VACUUM (FREEZE) ${name}`);
  const findings: Told[] = aged.level === "ok" ? [] : [aged];
  if (enabled === "false" || enabled === "off")
    findings.push({
      level: "error",
      at,
      message: "Autovacuum is off for it.",
      why,
      remedy: [`ALTER TABLE ${name} RESET (autovacuum_enabled)`],
    });
  if (Number(dead) > manyDead && Number(dead) > Number(live))
    findings.push({ level: "warn", at, message, why, remedy: [`VACUUM (ANALYZE) ${name}`] });
  return findings.length > 0 ? findings : [{ level: "ok", at, message }];
}
