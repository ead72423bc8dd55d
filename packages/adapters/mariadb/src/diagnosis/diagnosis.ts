import {
  clockFinding,
  createDiagnosis,
  type Examination,
  type Migrator,
  schemaExamination,
  type Told,
  translating,
} from "@syncline/core/adapter-kit";
import type { Diagnosis } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "../driver.ts";
import { translateError } from "../errors.ts";
import type { Ask } from "./ask.ts";
import { driftOf } from "./drift.ts";

export function diagnosisWith(
  connections: MariadbConnections,
  schemaName: string,
  migrator: Migrator,
  wanted: number,
): Diagnosis {
  const ask: Ask = (work, signal) => translating(translateError, () => connections.withConnection(work, signal));
  return createDiagnosis([
    serverOf(ask),
    schemaExamination(migrator, `the database ${schemaName}`),
    clockOf(ask),
    driftOf(ask, schemaName),
    settingsOf(ask),
    horizonOf(ask),
    connectionRoomOf(ask, wanted),
    rights,
  ]);
}

async function rowsOf(connection: Connection, text: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.query(text)) as readonly (readonly unknown[])[];
}

function serverOf(ask: Ask): Examination {
  const at = "the server";
  return {
    check: "server",
    at,
    look: async (_, signal) => {
      const [[version, readOnly] = []] = await ask((one) => rowsOf(one, "SELECT VERSION(), @@read_only"), signal);
      const [major = 0, minor = 0] = String(version).split(/[.-]/).map(Number);
      const told: Told[] = [];
      if (!/mariadb/i.test(String(version)) || major < 10 || (major === 10 && minor < 6))
        told.push({
          level: "error",
          ...{ at, message: `It is ${version}; Syncline is tested with MariaDB 10.6 and newer.` },
          ...{ why: "Statements of Syncline's use what others do not have.", remedy: ["Upgrade the server."] },
        });
      if (Number(readOnly) === 1)
        told.push({
          level: "error",
          ...{ at, message: "It is read_only, as a replica is." },
          why: "Changes can be recorded, dispatched and settled on the primary alone.",
          remedy: ["SET GLOBAL read_only = 0, if it is the primary"],
        });
      return told.length > 0 ? told : [{ level: "ok", at, message: `${version}, and takes writes.` }];
    },
  };
}

function clockOf(ask: Ask): Examination {
  const at = "the database's clock";
  return {
    check: "clock",
    at,
    look: (_, signal) =>
      ask(async (connection) => {
        await rowsOf(connection, "SELECT 1");
        const before = Date.now();
        const [[time] = []] = await rowsOf(connection, "SELECT UNIX_TIMESTAMP(NOW(6)) * 1000");
        return [clockFinding(Number(time), before, Date.now())];
      }, signal),
  };
}

interface Expected {
  readonly isWell: (value: string) => boolean;
  readonly level: Told["level"];
  readonly why: string;
  readonly to: string;
}

const durable =
  "After a crash of the server the last commits are gone: changes with their rows, and deliveries go out again.";

/** Of the server. Syncline's sessions state their own sql_mode, zone, isolation and limits. */
const expected: { readonly [variable: string]: Expected } = {
  innodb_flush_log_at_trx_commit: { isWell: (value) => value === "1", level: "warn", why: durable, to: "1" },
  innodb_doublewrite: {
    isWell: (value) => value !== "0" && value !== "OFF",
    level: "warn",
    why: "A crash in the middle of a write may break pages.",
    to: "1",
  },
  binlog_format: {
    isWell: (value) => value !== "STATEMENT",
    level: "error",
    why: "At READ COMMITTED, in which Syncline writes, a server that keeps a binary log by statements refuses them.",
    to: "'MIXED'",
  },
};

function settingsOf(ask: Ask): Examination {
  const at = "settings of the server";
  return {
    check: "settings",
    at,
    look: async (_, signal) => {
      const list = Object.keys(expected)
        .map((name) => `'${name}'`)
        .join(", ");
      const rows = await ask((one) => rowsOf(one, `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${list})`), signal);
      const found = rows.flatMap(([name, value]): readonly Told[] => {
        const wanted = expected[String(name)];
        if (wanted === undefined || wanted.isWell(String(value))) return [];
        const { level, why, to } = wanted;
        return [{ level, at: String(name), message: `It is ${value}.`, why, remedy: [`SET GLOBAL ${name} = ${to}`] }];
      });
      return found.length > 0
        ? found
        : [{ level: "ok", at, message: `${rows.length} settings are as they should be.` }];
    },
  };
}

const mostSeconds = 300;

function horizonOf(ask: Ask): Examination {
  const at = "old transactions";
  const text = `SELECT trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, trx_started, NOW()), trx_rows_locked
  FROM information_schema.INNODB_TRX WHERE trx_started < NOW() - INTERVAL ${mostSeconds} SECOND ORDER BY trx_started LIMIT 20`;
  return {
    check: "horizon",
    at,
    look: async (_, signal) => {
      const rows = await ask((one) => rowsOf(one, text), signal);
      if (rows.length === 0)
        return [{ level: "ok", at, message: `No transaction is older than ${mostSeconds / 60} min.` }];
      return rows.map(
        ([thread, seconds, locked]): Told => ({
          level: "warn",
          at: `session ${thread}`,
          message: `Its transaction is open for ${seconds} s, and locks ${locked} rows.`,
          why: "Purge keeps all old rows that it might still see, and claims step over them.",
          remedy: [`KILL ${thread}`],
        }),
      );
    },
  };
}

function connectionRoomOf(ask: Ask, wanted: number): Examination {
  const at = "connections";
  return {
    check: "connections",
    at,
    look: async (_, signal) => {
      const text = `SELECT @@max_connections, VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'THREADS_CONNECTED'`;
      const [[most, used] = []] = await ask((one) => rowsOf(one, text), signal);
      const free = Number(most) - Number(used);
      const message = `${free} of ${most} are free; a worker takes up to ${2 * wanted}.`;
      if (free > 2 * wanted) return [{ level: "ok", at, message }];
      const why = "A worker that finds none polls nothing until one is free, and applications fail beside it.";
      return [{ level: "warn", at, message, why, remedy: ["SET GLOBAL max_connections = …, or smaller pools"] }];
    },
  };
}

/** What others may is shown to administrators alone. */
const rights: Examination = {
  check: "rights",
  at: "roles",
  look: async () => [
    {
      level: "unknown",
      at: "roles",
      message: "The rights of workers, recorders and editors are not looked at on MariaDB: see the README's list.",
      remedy: ["SHOW GRANTS FOR …"],
    },
  ],
};
