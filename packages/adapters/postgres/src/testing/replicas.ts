import { ownPostgres } from "@syncline/dev-postgres";
import pg from "pg";
import { afterAll } from "vitest";

/** A database on a server of its own, and the same one on a streaming replica. */
export interface ReplicatedDatabase {
  readonly url: string;
  readonly replicaUrl: string;
  /** Superusers', on either server. */
  readonly primary: pg.Pool;
  readonly replica: pg.Pool;
  readonly server: Awaited<ReturnType<typeof ownPostgres>>;
  readonly replicaServer: Awaited<ReturnType<typeof ownPostgres>>;
}

/** Stopped when the test file has run. `undefined` where `pg_basebackup` is missing, which is said. */
export async function replicatedDatabase(): Promise<ReplicatedDatabase | undefined> {
  const server = await ownPostgres();
  afterAll(() => server.stop());
  if (!server.canReplicate) {
    console.log("skipped: reads on a streaming replica: this machine has no pg_basebackup");
    return undefined;
  }
  const url = await server.createDatabase();
  const replicaServer = await server.startReplica();
  afterAll(() => replicaServer.stop());
  const replicaUrl = withServer(url, replicaServer.url);
  return { url, replicaUrl, server, replicaServer, primary: quietPool(url), replica: quietPool(replicaUrl) };
}

/** The database of `url`, on another server. */
export function withServer(url: string, server: string): string {
  const changed = new URL(url);
  changed.port = new URL(server).port;
  return changed.href;
}

/** Of a login whose password is its name. */
export function withLogin(url: string, login: string): string {
  const changed = new URL(url);
  changed.username = changed.password = login;
  return changed.href;
}

/** Of a server that may go away. Ended when the test file has run. */
export function quietPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 3 });
  pool.on("error", () => {});
  afterAll(() => pool.end());
  return pool;
}
