import { PGlite } from "@electric-sql/pglite";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import { Pool } from "pg";
import type { InProcessPostgres } from "./options.ts";

/** PostgreSQL compiled to WebAssembly, in memory. Starts in about 4 s and takes 300 to 750 MB. */
export async function startPglite(): Promise<InProcessPostgres> {
  const database = await PGlite.create();
  const pool = new Pool({ ...createPgConfig(database), max: 1 });
  const stop = async (): Promise<void> => {
    if (database.closed) return;
    await pool.end();
    await database.close();
  };
  return {
    kind: "pglite",
    multiSession: false,
    description:
      "PGlite inside this process: one session only, so no second worker, no second process, no psql and no restart",
    pool,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
