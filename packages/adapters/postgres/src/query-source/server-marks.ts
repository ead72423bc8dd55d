import { SynclineError } from "@syncline/core/spi";
import type { PgExecutor, PgResult } from "../driver.ts";
import { askingAlone } from "../sql/transaction-step.ts";
import { endOfRecords, lsnOf } from "./lsn.ts";

/** Which database of which server. */
export interface ServerIdentity {
  /** The same for a server and its physical replicas. */
  readonly system: string;
  readonly database: string;
  /** To the microsecond, as text: no two running servers share it. */
  readonly startedAt: string;
  readonly login: string;
  readonly inRecovery: boolean;
}

/** Of the server where Syncline's tables are. */
export interface PrimaryMark extends ServerIdentity {
  readonly timeline: number;
  /** What a replica must have replayed to show all that is visible there now. */
  readonly target: bigint;
}

/** Of the server that strategies read. */
export interface SourceMark extends ServerIdentity {
  /** As of its last checkpoint: after its primary has changed, it may be the former one for some minutes. */
  readonly timeline: number;
  readonly replayed: bigint | undefined;
}

// Asked outside of a transaction, on whatever search path the login has.
const identity = `SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::pg_catalog.text,
       pg_catalog.current_database()::pg_catalog.text,
       (pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())
         OPERATOR(pg_catalog.*) 1000000::pg_catalog.float8)::pg_catalog.int8::pg_catalog.text,
       session_user::pg_catalog.text, pg_catalog.pg_is_in_recovery()::pg_catalog.text`;

/**
 * Where it will insert next, and not what it has flushed: what is committed asynchronously is
 * visible before it is flushed. The timeline is that of its inserts; the control file tells of a
 * new one when a checkpoint has ended.
 */
const primaryText = `${identity},
       insert.lsn::pg_catalog.text, pg_catalog.pg_walfile_name(insert.lsn), pg_catalog.current_setting('wal_block_size'),
       pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))::pg_catalog.text
  FROM (SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_insert_lsn() END AS lsn) AS insert`;

const sourceText = `${identity}, pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text,
       (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint())::pg_catalog.text`;

export async function askPrimary(primary: PgExecutor): Promise<PrimaryMark> {
  const [values, rest] = await ask(primary, primaryText);
  const [insert, file = "", pageBytes, fileBytes] = rest;
  if (insert === undefined)
    throw new SynclineError(
      "database.unavailable",
      "The server of Syncline's tables is in recovery: it takes no writes.",
    );
  return {
    ...values,
    timeline: Number.parseInt(file.slice(0, 8), 16),
    target: endOfRecords(lsnOf(insert), BigInt(pageBytes ?? 0), BigInt(fileBytes ?? 0)),
  };
}

export async function askSource(source: PgExecutor): Promise<SourceMark> {
  const [values, [replayed, timeline]] = await ask(source, askingAlone(sourceText));
  return { ...values, timeline: Number(timeline), replayed: replayed === undefined ? undefined : lsnOf(replayed) };
}

/** How far a replica is; `undefined` for a server that is none. */
export async function askReplayed(source: PgExecutor): Promise<bigint | undefined> {
  const [row = []] = textsOf(
    await source.query({
      text: askingAlone("SELECT pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text"),
      rowMode: "array",
    }),
  );
  return row[0] === undefined ? undefined : lsnOf(row[0]);
}

async function ask(
  server: PgExecutor,
  text: string,
): Promise<readonly [ServerIdentity, readonly (string | undefined)[]]> {
  const [row = []] = textsOf(await server.query({ text, rowMode: "array" }));
  const [system = "", database = "", startedAt = "", login = "", inRecovery, ...rest] = row;
  return [{ system, database, startedAt, login, inRecovery: inRecovery === "true" }, rest];
}

/** The driver answers several statements with several results. */
function textsOf(answer: PgResult | readonly PgResult[]): readonly (readonly (string | undefined)[])[] {
  const rows = [answer].flat().find(({ command }) => command === "SELECT")?.rows ?? [];
  return (rows as readonly (readonly unknown[])[]).map((row) =>
    row.map((value) => (value === null ? undefined : String(value))),
  );
}
