import { randomBytes } from "node:crypto";
import { createPipeline } from "@syncline/core";
import { type OwnPostgresServer, ownPostgres } from "@syncline/dev-postgres";
import { postgres } from "@syncline/postgres";
import { categories, schema } from "../shop.ts";
import { databaseFaults } from "./database-faults.ts";
import type { Fault } from "./fault.ts";
import { FaultyWorker } from "./faulty-worker.ts";
import { networkFaults } from "./network-faults.ts";
import { processFaults } from "./process-faults.ts";
import { serverFaults } from "./server-faults.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { withClient } from "./with-client.ts";

export interface WorldOptions {
  readonly workers: number;
  readonly leaseMs: number;
  readonly downstreamUrl: string;
  /** A new database on this server, which is restarted at times; `own`: on a server that is the world's own. */
  readonly database: { readonly server: OwnPostgresServer } | "own";
}

export interface World extends AsyncDisposable {
  readonly adminUrl: string;
  /** The workers' way to the database, through the proxy. */
  readonly workerUrl: string;
  readonly proxy: TcpProxy;
  readonly workers: readonly FaultyWorker[];
  readonly faults: readonly Fault[];
  close(): Promise<void>;
}

/** The shop's tables, migrated, with workers at work in processes of their own, and all that can happen to them. */
export async function startWorld({ workers: count, leaseMs, downstreamUrl, database }: WorldOptions): Promise<World> {
  const own = database === "own" ? await ownPostgres() : undefined;
  const server = database === "own" ? own : database.server;
  if (server === undefined) throw new Error("There is no server");
  const adminUrl = await server.createDatabase();
  const role = `nemesis_${randomBytes(4).toString("hex")}`;
  await prepare(adminUrl, role);
  const proxy = await TcpProxy.start(adminUrl);
  const workerUrl = asRole(proxy.url, role);
  const order = { url: workerUrl, downstreamUrl, leaseMs, connections: 3 };
  const workers = Array.from({ length: count }, (_, index) => new FaultyWorker(`worker ${index + 1}`, order));
  const close = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await proxy.close();
    await withClient(adminUrl, (client) => client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    await own?.stop();
  };
  await Promise.all(workers.map((worker) => worker.start()));
  const faults = [...processFaults, ...networkFaults(proxy), ...databaseFaults(role), ...serverFaults(server)];
  return { adminUrl, workerUrl, proxy, workers, faults, close, [Symbol.asyncDispose]: close };
}

/** A role that is no superuser, since limits on connections do not hold for those, and that may do what its maker may. */
async function prepare(adminUrl: string, role: string): Promise<void> {
  const pipeline = createPipeline({
    database: postgres({ connectionString: adminUrl, max: 1 }),
    categories,
    downstreams: {},
  });
  await pipeline.migrate();
  await pipeline.stop();
  await withClient(adminUrl, async (client) => {
    await client.query(schema);
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    const { rows } = await client.query<{ readonly maker: string }>("SELECT quote_ident(current_user) AS maker");
    await client.query(`GRANT ${rows[0]?.maker} TO ${role}`);
  });
}

function asRole(url: string, role: string): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = role;
  return changed.href;
}
