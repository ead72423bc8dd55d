import { clockFinding, type Examination, type Told } from "@syncline/core/adapter-kit";
import type { Connections } from "../connections.ts";
import { ownStatement } from "../sql/statement.ts";

const oldest = 130_000;

const facts = ownStatement(
  "server_facts_told",
  `SELECT current_setting('server_version_num'), current_setting('server_version'), pg_is_in_recovery()::text, current_setting('server_encoding'),
       current_database()::text`,
);

/** Which server it is, and whether it can be worked with. */
export function serverOf(connections: Connections): Examination {
  return {
    check: "server",
    at: "the server",
    look: async (_, signal) => {
      const [[number, version, isReplica, encoding, database] = []] = await connections.run(facts, [], signal);
      const at = `the server of ${database}`;
      const told: Told[] = [];
      if (Number(number) < oldest)
        told.push({
          level: "error",
          ...{ at, message: `It is PostgreSQL ${version}; Syncline is tested with 13 and newer.` },
          ...{ why: "Statements of Syncline's use what older ones do not have.", remedy: ["Upgrade the server."] },
        });
      if (isReplica === "true")
        told.push({
          level: "error",
          ...{ at, message: "It is a replica: nothing can be written there." },
          why: "Changes can be recorded, dispatched and settled on the primary alone.",
          remedy: ["Name the primary in postgres({ connectionString }), and the replica in `query`."],
        });
      if (encoding !== "UTF8")
        told.push({
          level: "warn",
          ...{ at, message: `The database's encoding is ${encoding}.` },
          why: "Keys and failures with characters that it lacks cannot be kept, and recording them fails.",
          remedy: ["A database with ENCODING 'UTF8'"],
        });
      return told.length > 0
        ? told
        : [{ level: "ok", at, message: `PostgreSQL ${version}, a primary, in ${encoding}.` }];
    },
  };
}

const clock = ownStatement(
  "clock",
  "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text, current_setting('TimeZone')",
);

/** The second answer: the first may have waited for a connection. */
export function clockOf(connections: Connections): Examination {
  return {
    check: "clock",
    at: "the database's clock",
    look: async (_, signal) =>
      connections.transaction(async (run) => {
        await run(clock, []);
        const before = Date.now();
        const [[time, zone] = []] = await run(clock, []);
        const found = clockFinding(Number(time), before, Date.now());
        const inZone: Told = {
          level: "ok",
          at: "the session's time zone",
          message: `It is ${zone}. Syncline keeps and compares times with their zone.`,
        };
        return { result: [found, inZone], undo: true };
      }, signal),
  };
}

const room = ownStatement(
  "connection_room",
  `SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::text,
       (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int)::text,
       (SELECT rolconnlimit FROM pg_roles WHERE rolname = session_user)::text,
       (SELECT count(*) FROM pg_stat_activity WHERE usename = session_user)::text,
       (SELECT datconnlimit FROM pg_database WHERE datname = current_database())::text,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend')::text,
       session_user::text`,
);

/** Whether a worker finds the connections that its pool may want. @param wanted of a worker at most */
export function connectionRoomOf(connections: Connections, wanted: number | undefined): Examination {
  const at = "connections";
  return {
    check: "connections",
    at,
    look: async (_, signal) => {
      const [row = []] = await connections.run(room, [], signal);
      const [all = 0, most = 0, own = -1, used = 0, database = -1, there = 0] = row.slice(0, 6).map(Number);
      const login = row[6];
      const limits = [
        {
          at: "max_connections",
          free: most - all,
          of: most,
          remedy: "ALTER SYSTEM SET max_connections = …, and restart; or smaller pools",
        },
        ...(own < 0
          ? []
          : [{ at: `role ${login}`, free: own - used, of: own, remedy: `ALTER ROLE ${login} CONNECTION LIMIT -1` }]),
        ...(database < 0
          ? []
          : [
              {
                at: "this database",
                free: database - there,
                of: database,
                remedy: "ALTER DATABASE … CONNECTION LIMIT -1",
              },
            ]),
      ];
      return limits.map(({ at: where, free, of, remedy }): Told => {
        const message = `${Math.max(0, free)} of ${of} connections are free${wanted === undefined ? "" : `; a worker takes up to ${wanted}`}.`;
        if (free > (wanted ?? 10)) return { level: "ok", at: where, message };
        const why = "A worker that finds none polls nothing until one is free, and applications fail beside it.";
        return { level: "warn", at: where, message, why, remedy: [remedy] };
      });
    },
  };
}
