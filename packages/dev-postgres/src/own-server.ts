import type { Binaries } from "./binaries.ts";
import { apart, type Cluster, canCopy, copyOf, createCluster } from "./cluster.ts";
import { createDatabase, dropDatabase } from "./databases.ts";
import type { OwnPostgresServer, OwnServerOptions, StopOptions } from "./options.ts";

/** Creates a cluster with the given binaries and starts it. */
export async function startOwnServer(binaries: Binaries, options: OwnServerOptions): Promise<OwnPostgresServer> {
  return serverOn(binaries, await createCluster(binaries, options));
}

function serverOn(binaries: Binaries, cluster: Cluster): OwnPostgresServer {
  const { url } = cluster;
  const stop = async ({ mode = "fast", keepData = false }: StopOptions = {}): Promise<void> => {
    await cluster.stop(mode);
    if (!keepData) await cluster.remove();
  };
  return {
    kind: binaries.kind,
    multiSession: true,
    description: `${binaries.description}, on port ${cluster.port}`,
    url,
    // Not as an argument, which everybody on the machine would see.
    psql: `PGPASSWORD=${apart(url).password} psql ${apart(url).address}`,
    createDatabase: (name) => createDatabase(url, name),
    dropDatabase: (database) => dropDatabase(url, database),
    log: () => cluster.log(),
    stop,
    start: () => cluster.start(),
    canReplicate: canCopy(binaries),
    startReplica: async (options = {}) => serverOn(binaries, await createCluster(binaries, options, copyOf(url))),
    [Symbol.asyncDispose]: () => stop(),
  };
}
