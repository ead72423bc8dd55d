import { cpus, totalmem } from "node:os";
import pg from "pg";
import { postmasterOf } from "./processes/cpu.ts";

/** What the numbers were measured on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly postgres: string;
  readonly durability: string;
}

export interface Surroundings {
  readonly machine: Machine;
  /** The server's first process; `undefined` if it is not on this machine, or the system does not tell. */
  readonly postmaster: number | undefined;
}

export async function describeSurroundings(databaseUrl: string): Promise<Surroundings> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; fsync: string; commit: string; pages: string; pid: number }>(
      `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
              current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages,
              pg_backend_pid() AS pid`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error("The server did not tell its version.");
    const machine = {
      cores: cpus().length,
      processor: cpus()[0]?.model.trim() || "unknown",
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
      node: process.version,
      postgres: row.version,
      durability: `fsync=${row.fsync} synchronous_commit=${row.commit} full_page_writes=${row.pages}`,
    };
    // While the backend is there to be looked at.
    return { machine, postmaster: postmasterOf(row.pid) };
  } finally {
    await client.end();
  }
}
