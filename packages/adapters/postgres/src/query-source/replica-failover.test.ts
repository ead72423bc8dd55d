import type { DatabaseSession } from "@syncline/core/spi";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { postgres } from "../adapter.ts";
import type { PgClient, PgPool } from "../driver.ts";
import type { PostgresOptions } from "../options.ts";
import { quietPool, replicatedDatabase, withLogin, withServer } from "../testing/replicas.ts";
import { keepingLogger, never } from "../testing/session.ts";

const database = await replicatedDatabase();
const limits = { timeoutMs: 60_000, maxRows: 10, numbers: "string" } as const;

/** In the order of what becomes of the servers. */
describe.skipIf(database === undefined)("when something becomes of the servers", () => {
  const { url, replicaUrl, primary, replica, server, replicaServer } = database as NonNullable<typeof database>;
  let written = 0;

  beforeAll(async () => {
    await primary.query("CREATE TABLE item (id int PRIMARY KEY, n int); INSERT INTO item VALUES (1, 0)");
    await primary.query("CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT SELECT ON item TO reader");
  });

  function open(query: PostgresOptions["query"], connectionString = url) {
    const { log, messages } = keepingLogger();
    const session = postgres({ connectionString, connectionTimeoutMillis: 5_000, query: query ?? {} }).open({ log });
    afterAll(() => session.close());
    return { session, messages };
  }

  async function read({ queryRunner }: DatabaseSession) {
    const text = `SELECT n, current_setting('port') AS port, session_user::text AS "user" FROM item`;
    const [result] = await queryRunner.run([{ text, parameters: [] }], limits, never);
    const [n, port, user] = result?.rows[0] ?? [];
    return { n, port, user };
  }

  async function write(to: pg.Pool = primary): Promise<number> {
    written += 1;
    await to.query(`UPDATE item SET n = ${written}`);
    return written;
  }

  const portOf = (at: string) => new URL(at).port;

  test("a replica that is away is replaced by the primary, with the same login, until it is back", async () => {
    const running = open({ connectionString: withLogin(replicaUrl, "reader"), replicaWaitMs: 30_000 });
    // The role has to reach the replica first.
    const first = { port: portOf(replicaUrl), user: "reader" };
    await expect.poll(() => read(running.session), { timeout: 30_000 }).toMatchObject(first);
    running.messages.splice(0);
    await replicaServer.stop({ keepData: true });
    const begun = open({ connectionString: withLogin(replicaUrl, "reader"), replicaWaitMs: 30_000 });
    for (const { session, messages } of [running, begun]) {
      for (let round = 0; round < 3; round++) {
        const n = await write();
        expect(await read(session)).toEqual({ n, port: portOf(url), user: "reader" });
      }
      expect(messages.filter((message) => message.includes("primary"))).toHaveLength(1);
    }
    await replicaServer.start();
    for (const { session, messages } of [running, begun]) {
      await expect.poll(async () => (await read(session)).port, { timeout: 30_000 }).toBe(portOf(replicaUrl));
      expect(messages.filter((message) => message.includes("again"))).toHaveLength(1);
    }
  });

  test("a pool that has not told whose login it is reads nothing on the primary, where the login may do more", async () => {
    const { session } = open({ pool: quietPool("postgres://reader@127.0.0.1:1/none") });
    await expect(read(session)).rejects.toMatchObject({ code: "database.unavailable" });
  });

  test("where the primary is away, nothing is said of the replica", async () => {
    const { session, messages } = open({ connectionString: replicaUrl }, "postgres://nobody@127.0.0.1:1/none");
    await expect(read(session)).rejects.toMatchObject({ code: "database.unavailable" });
    expect(messages).toEqual([]);
  });

  test("a pooler that hands a read to another replica than it had asked does not make it show an older state", async () => {
    await using other = await server.startReplica();
    const behind = quietPool(withServer(url, other.url));
    await behind.query("SELECT pg_wal_replay_pause()");
    const n = await write();
    const { session } = open({ pool: poolerOver(replica, behind), replicaWaitMs: 30_000 });
    expect(await read(session)).toMatchObject({ n, port: portOf(url) });
  });

  test("a replica that falls silent keeps a read waiting no longer than one that is behind, and its connection is given up", async () => {
    const release = vi.fn();
    const nothing = () => {};
    const silent = { query: () => new Promise<never>(nothing), release, on: nothing, removeListener: nothing };
    const pool = { ...silent, connect: async () => silent as unknown as PgClient, end: async () => {} };
    const { session } = open({ pool: pool as unknown as PgPool, replicaWaitMs: 50, role: "postgres" });
    const n = await write();
    expect(await read(session)).toMatchObject({ n, port: portOf(url) });
    expect(release).toHaveBeenCalledWith(true);
  });

  test("a replica that was promoted is not read any more", async () => {
    const { session, messages } = open({ connectionString: replicaUrl, replicaWaitMs: 30_000 });
    expect((await read(session)).port).toBe(portOf(replicaUrl));
    await replica.query("SELECT pg_promote()");
    const n = await write();
    expect(await read(session)).toMatchObject({ n, port: portOf(url) });
    expect(messages).toEqual([expect.stringContaining("primary")]);
  });

  test("a replica that follows the former primary is not read, however far it has got", async () => {
    await using former = await server.startReplica();
    for (let round = 0; round < 4; round++) {
      await write();
      await primary.query("SELECT pg_switch_wal()");
    }
    const follower = quietPool(withServer(url, former.url));
    const position = async (pool: pg.Pool, name: string) =>
      (await pool.query(`SELECT ${name}() - '0/0'::pg_lsn AS bytes`)).rows[0].bytes;
    const n = await write(replica);
    const ahead = BigInt(await position(replica, "pg_current_wal_insert_lsn"));
    await vi.waitUntil(async () => BigInt(await position(follower, "pg_last_wal_replay_lsn")) > ahead, 30_000);
    const { session } = open({ connectionString: withServer(url, former.url), replicaWaitMs: 100 }, replicaUrl);
    expect(await read(session)).toMatchObject({ n, port: portOf(replicaUrl) });
  });
});

/**
 * One connection for the client, and for its transactions another server each time: as a pooler in
 * transaction mode may.
 */
function poolerOver(asked: pg.Pool, reading: pg.Pool): PgPool {
  const connect = async (): Promise<PgClient> => {
    const [first, second] = await Promise.all([asked.connect(), reading.connect()]);
    const query = (given: string | { readonly text: string }, values?: unknown[]) => {
      const text = typeof given === "string" ? given : given.text;
      const isAsking = /replay_lsn/.test(text) && !/REPEATABLE READ/.test(text);
      return (isAsking ? first : second).query(given as string, values);
    };
    const release = (destroy?: Error | boolean) => {
      first.release();
      second.release(destroy);
    };
    return {
      query: query as unknown as PgClient["query"],
      release,
      on: second.on.bind(second) as PgClient["on"],
      removeListener: second.removeListener.bind(second) as PgClient["removeListener"],
    };
  };
  return {
    connect,
    query: reading.query.bind(reading) as unknown as PgPool["query"],
    end: async () => {},
    on: () => {},
    removeListener: () => {},
  };
}
