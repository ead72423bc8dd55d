import type { Examination, Told } from "@syncline/core/adapter-kit";
import type { Connections } from "../connections.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { ownStatement } from "../sql/statement.ts";

interface Expected {
  readonly value: (found: string) => boolean;
  readonly level: Told["level"];
  readonly why: string;
  /** What to set it to. */
  readonly to: string;
}

const is = (wanted: string) => (found: string) => found === wanted;

/** Syncline's transactions state theirs; a strategy's query keeps what its login has. */
const planner: Omit<Expected, "to" | "value"> = {
  level: "warn",
  why: "Syncline's own statements state theirs; strategies' queries, and applications, are planned without it.",
};

const expected: { readonly [name: string]: Expected } = {
  ...Object.fromEntries(
    [
      "enable_indexscan",
      "enable_indexonlyscan",
      "enable_bitmapscan",
      "enable_nestloop",
      "enable_hashjoin",
      "enable_mergejoin",
      "enable_sort",
      "enable_memoize",
    ].map((name) => [name, { ...planner, value: is("on"), to: "on" }]),
  ),
  array_nulls: {
    value: is("on"),
    level: "warn",
    why: "Syncline states its own; whatever else passes arrays on this login writes the text NULL for what is none.",
    to: "on",
  },
  session_replication_role: {
    value: is("origin"),
    level: "error",
    why: "Triggers do not run on this login: neither those that record changes nor those of Syncline's own tables.",
    to: "origin",
  },
  synchronous_commit: {
    value: (found) => found !== "off",
    level: "warn",
    why: "After a crash of the server the last commits are gone: changes with their rows, and deliveries that were made go out again.",
    to: "on",
  },
  default_transaction_read_only: {
    value: is("off"),
    level: "warn",
    why: "Syncline states READ WRITE, and so it stops no worker; applications that record fail.",
    to: "off",
  },
  row_security: {
    value: is("on"),
    level: "warn",
    why: "Reads of tables with row-level security fail on this login.",
    to: "on",
  },
};

/** The same for every login. */
const serverWide: typeof expected = {
  fsync: { value: is("on"), level: "error", why: "A crash of the server may lose or break everything.", to: "on" },
  full_page_writes: { value: is("on"), level: "error", why: "A crash of the server may break pages.", to: "on" },
};

/** Where it is set: by the role, by the database, or elsewhere (`source`, which a transaction of ours may hide). */
const statement = ownStatement(
  "own_settings_found",
  `WITH own AS (
  SELECT s.setrole, c.setting FROM pg_db_role_setting AS s CROSS JOIN unnest(s.setconfig) AS c(setting)
   WHERE s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
     AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
)
SELECT s.name, s.reset_val, CASE WHEN EXISTS (SELECT FROM own WHERE own.setrole <> 0 AND own.setting LIKE s.name || '=%') THEN 'role'
       WHEN EXISTS (SELECT FROM own WHERE own.setting LIKE s.name || '=%') THEN 'database' ELSE s.source END,
       session_user::text, current_database()::text
  FROM pg_settings AS s WHERE s.name = ANY ($1::text[]) ORDER BY 1`,
);

/** Settings of a login that something relies on. @param whose `worker`, `reader` */
export function settingsOf(connections: Connections, whose: string): Examination {
  return settingsExamination(connections, expected, `settings of the ${whose}`);
}

export function serverSettingsOf(connections: Connections): Examination {
  return settingsExamination(connections, serverWide, "settings of the server");
}

function settingsExamination(connections: Connections, wanted: typeof expected, at: string): Examination {
  return {
    check: "settings",
    at,
    look: async (_, signal) => {
      const rows = await connections.run(statement, [Object.keys(wanted)], signal);
      const findings = rows.flatMap(([name, found, place, login, database]): readonly Told[] => {
        const setting = wanted[name ?? ""];
        if (setting === undefined || found === null || found === undefined || setting.value(found)) return [];
        const { level, why, to } = setting;
        const of = place === "role" ? ` (by the role ${login})` : place === "database" ? " (by the database)" : "";
        const remedy =
          place === "role"
            ? [`ALTER ROLE ${quoteIdentifier(login ?? "")} RESET ${name}`]
            : place === "database"
              ? [`ALTER DATABASE ${quoteIdentifier(database ?? "")} RESET ${name}`]
              : place === "client"
                ? [`Take ${name} out of the connection's options.`]
                : [`ALTER SYSTEM SET ${name} = ${to}`, "SELECT pg_reload_conf()"];
        return [{ level, at: `${name}, ${at}`, message: `It is ${found}${of}.`, why, remedy }];
      });
      if (findings.length > 0) return findings;
      return [{ level: "ok", at, message: `${rows.length} settings are as they should be.` }];
    },
  };
}

const timeouts = ownStatement(
  "role_timeouts",
  `SELECT r.rolname::text, c.setting FROM pg_roles AS r JOIN pg_db_role_setting AS s ON s.setrole = r.oid
   AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  CROSS JOIN unnest(s.setconfig) AS c(setting)
 WHERE r.rolname = ANY ($1::text[]) AND split_part(c.setting, '=', 1) = ANY (ARRAY['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout'])
 UNION ALL SELECT '', s.name || '=' || s.reset_val FROM pg_settings AS s WHERE s.name = 'idle_in_transaction_session_timeout' AND s.reset_val <> '0'
 ORDER BY 1, 2`,
);

const roleExists = ownStatement("role_exists", "SELECT FROM pg_roles WHERE rolname = $1");

/** An edit that is left open stops dispatch, so editors need an end to their patience. */
export function timeoutsOf(connections: Connections, usualEditor: string): Examination {
  const at = "time limits of the editor";
  return {
    check: "timeouts",
    at,
    look: async ({ roles = {} }, signal) => {
      const editor = roles.editor ?? usualEditor;
      if ((await connections.run(roleExists, [editor], signal)).length === 0)
        return [
          {
            level: "unknown",
            at,
            message: "Nobody has said who edits strategies.",
            remedy: ["syncline doctor --role editor=<login>"],
          },
        ];
      const rows = await connections.run(timeouts, [[editor]], signal);
      const limits = rows.flatMap(([, setting]) => setting ?? []);
      if (limits.some((setting) => /^idle_in_transaction_session_timeout=(?!0$)/.test(setting)))
        return [{ level: "ok", at, message: `${editor}: ${limits.join(", ")}.` }];
      return [
        {
          level: "warn",
          at: `role ${editor}`,
          message: "Its transactions may stay open and idle for ever.",
          why: "An edit of strategies that is left open keeps all changes from being dispatched.",
          remedy: [`ALTER ROLE ${editor} SET idle_in_transaction_session_timeout = '30s'`],
        },
      ];
    },
  };
}
