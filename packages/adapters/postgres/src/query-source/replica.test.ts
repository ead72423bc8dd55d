import type { DatabaseSession, Statement } from "@syncline/core/spi";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { postgres } from "../adapter.ts";
import type { PostgresOptions } from "../options.ts";
import { replicatedDatabase, withLogin, withServer } from "../testing/replicas.ts";
import { keepingLogger, never } from "../testing/session.ts";

const database = await replicatedDatabase();
const limits = { timeoutMs: 60_000, maxRows: 10, numbers: "string" } as const;
/** Long enough that a replica which can catch up does. */
const patient = 30_000;
const impatient = 100;

describe.skipIf(database === undefined)("a read on a streaming replica", () => {
  const { url, replicaUrl, primary, replica, server } = database as NonNullable<typeof database>;
  const opened: DatabaseSession[] = [];
  let written = 0;

  beforeAll(async () => {
    await primary.query("CREATE TABLE item (id int PRIMARY KEY, n int); INSERT INTO item VALUES (1, 0)");
    await primary.query("CREATE TABLE secret (id int PRIMARY KEY); INSERT INTO secret VALUES (1)");
    await primary.query("CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT SELECT ON item TO reader");
  });
  afterEach(async () => {
    await replica.query("SELECT pg_wal_replay_resume()");
    await replica.query("ALTER SYSTEM RESET recovery_min_apply_delay");
    await replica.query("SELECT pg_reload_conf()");
    await Promise.all(opened.splice(0).map((session) => session.close()));
  });

  function open(query: PostgresOptions["query"], rest: Partial<PostgresOptions> = { connectionString: url }) {
    const { log, messages } = keepingLogger();
    const session = postgres({ ...rest, query: { connectionString: replicaUrl, ...query } }).open({ log });
    opened.push(session);
    return { session, messages };
  }

  async function read({ queryRunner }: DatabaseSession, from = "item", signal = never, timeoutMs = 60_000) {
    const text = `SELECT pg_is_in_recovery() AS "onReplica", max(id) AS id, ${from === "item" ? "max(n)" : "0"} AS n FROM ${from}`;
    const statement: Statement = { text, parameters: [] };
    const [result] = await queryRunner.run([statement], { ...limits, timeoutMs }, signal);
    const [onReplica, , n] = result?.rows[0] ?? [];
    return { onReplica, n };
  }

  /** Commits, and yields what a read must show from then on. */
  async function write(asynchronously = false): Promise<number> {
    const n = ++written;
    const commit = asynchronously ? "SET LOCAL synchronous_commit = off;" : "";
    await primary.query(`BEGIN; ${commit} UPDATE item SET n = ${n}; COMMIT`);
    return n;
  }

  test("shows each time what was committed when it began", async () => {
    const { session, messages } = open({ replicaWaitMs: patient });
    for (let round = 0; round < 200; round++) {
      const n = await write();
      expect(await read(session)).toEqual({ onReplica: true, n });
    }
    expect(messages).toEqual([]);
  });

  test("shows what was committed asynchronously, too, which is sent to the replica only later", async () => {
    const { session } = open({ replicaWaitMs: patient });
    for (let round = 0; round < 5; round++) {
      const n = await write(true);
      expect(await read(session)).toEqual({ onReplica: true, n });
    }
  });

  test("waits for a replica that applies late, as long as it may", async () => {
    await replica.query("SELECT pg_wal_replay_pause()");
    const { session } = open({ replicaWaitMs: patient });
    const n = await write();
    const reading = read(session);
    const asking = "SELECT FROM pg_stat_activity WHERE application_name = 'syncline' AND query LIKE '%replay_lsn%'";
    await vi.waitUntil(async () => ((await replica.query(asking)).rowCount ?? 0) > 0);
    await replica.query("SELECT pg_wal_replay_resume()");
    expect(await reading).toEqual({ onReplica: true, n });
  });

  test("shows no older state with recovery_min_apply_delay, whether it waits for the replica or not", async () => {
    await replica.query("ALTER SYSTEM SET recovery_min_apply_delay = '1500ms'");
    await replica.query("SELECT pg_reload_conf()");
    await expect.poll(() => ask(replica, "current_setting('recovery_min_apply_delay')")).toBe("1500ms");
    const [short, long] = [open({ replicaWaitMs: impatient }), open({ replicaWaitMs: patient })];
    const n = await write();
    expect(await read(short.session)).toEqual({ onReplica: false, n });
    expect(await read(long.session)).toEqual({ onReplica: true, n });
  });

  test("goes to the primary while the replica is behind, which is told once, and back when it has caught up", async () => {
    await replica.query("SELECT pg_wal_replay_pause()");
    const { session, messages } = open({ replicaWaitMs: impatient });
    for (let round = 0; round < 5; round++) {
      const n = await write();
      expect(await read(session)).toEqual({ onReplica: false, n });
    }
    expect(messages).toEqual([expect.stringContaining("primary")]);
    await replica.query("SELECT pg_wal_replay_resume()");
    await expect.poll(async () => (await read(session)).onReplica, { timeout: 30_000 }).toBe(true);
    expect(messages).toHaveLength(2);
  });

  test("goes there where transactions are serializable by default, which a replica refuses", async () => {
    const name = new URL(url).pathname.slice(1);
    await primary.query(`ALTER DATABASE ${name} SET default_transaction_isolation = serializable`);
    try {
      const n = await write();
      const { session, messages } = open({ replicaWaitMs: patient });
      expect(await read(session)).toMatchObject({ n });
      await expect.poll(async () => (await read(session)).onReplica, { timeout: 30_000 }).toBe(true);
      expect(messages).toEqual([]);
    } finally {
      await primary.query(`ALTER DATABASE ${name} RESET default_transaction_isolation`);
    }
  });

  test("does not wait in vain where nothing is written after the log's file was switched", async () => {
    // The server may write of its own accord meanwhile; then it is no such moment.
    const readWhileIdle = async () => {
      await primary.query("SELECT pg_switch_wal()");
      const position = await ask(primary, "pg_current_wal_insert_lsn()");
      const end = String(position).replace(/28$/, "00");
      await expect.poll(() => ask(replica, `pg_last_wal_replay_lsn() >= '${end}'`), { timeout: 30_000 }).toBe(true);
      const { onReplica } = await read(open({ replicaWaitMs: impatient }).session);
      return position === (await ask(primary, "pg_current_wal_insert_lsn()")) ? onReplica : undefined;
    };
    let onReplica: unknown;
    while (onReplica === undefined) onReplica = await readWhileIdle();
    expect(onReplica).toBe(true);
  });

  test("is not charged for the wait: a query's time limit begins after it", async () => {
    await replica.query("SELECT pg_wal_replay_pause()");
    const { session } = open({ replicaWaitMs: patient });
    const n = await write();
    const timeoutMs = 1_000;
    const begun = performance.now();
    const reading = read(session, "item", never, timeoutMs);
    await vi.waitUntil(() => performance.now() - begun > 1.5 * timeoutMs, 10_000);
    await replica.query("SELECT pg_wal_replay_resume()");
    expect(await reading).toEqual({ onReplica: true, n });
  });

  test("ends when its signal fires while it waits", async () => {
    await replica.query("SELECT pg_wal_replay_pause()");
    await write();
    const controller = new AbortController();
    const { session } = open({ replicaWaitMs: patient });
    const reading = read(session, "item", controller.signal);
    setTimeout(() => controller.abort(), 20);
    await expect(reading).rejects.toMatchObject({ code: "operation.aborted" });
  });

  test.each<[string, Partial<PostgresOptions> & { readonly role?: string }]>([
    ["a login of its own", { connectionString: url }],
    ["a pool, whose login can take on the role", { pool: new pg.Pool({ connectionString: url, max: 2 }) }],
  ])("may read no more on the primary than at the replica: %s", async (_, rest) => {
    await replica.query("SELECT pg_wal_replay_pause()");
    const { session } = open({ connectionString: withLogin(replicaUrl, "reader"), replicaWaitMs: impatient }, rest);
    const n = await write();
    expect(await read(session)).toEqual({ onReplica: false, n });
    await expect(read(session, "secret")).rejects.toMatchObject({ code: "query.invalid" });
    await rest.pool?.end();
  });

  test("costs nothing more where the source is the primary itself", async () => {
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    const source = new pg.Pool({ connectionString: withLogin(url, "reader"), max: 1 });
    const { session } = open({ connectionString: undefined as never, pool: source }, { pool });
    await read(session);
    const client = await source.connect();
    const asked = [vi.spyOn(pool, "query"), vi.spyOn(client, "query")] as const;
    client.release();
    for (let round = 0; round < 5; round++) expect(await read(session)).toMatchObject({ onReplica: false });
    (await source.connect()).release();
    expect(asked.map(({ mock }) => mock.calls.length)).toEqual([0, 5 * 3]);
    await Promise.all([pool.end(), source.end()]);
  });

  describe("is refused in words where the source is neither this database nor its replica", () => {
    const refusal = { code: "query.invalid", message: expect.stringContaining('query.staleReads: "allow"') };

    test("another server", async () => {
      const other = inject("postgresUrl");
      await expect(read(open({ connectionString: other }).session)).rejects.toMatchObject(refusal);
      const { session } = open({ connectionString: other, staleReads: "allow" });
      const [result] = await session.queryRunner.run([{ text: "SELECT 1", parameters: [] }], limits, never);
      expect(result?.rows).toEqual([[1]]);
    });

    test("another database of this server, or of its replica", async () => {
      for (const at of [server.url, withServer(server.url, replicaUrl)])
        await expect(read(open({ connectionString: at }).session)).rejects.toMatchObject(refusal);
    });

    test("a server that does not say what it is", async () => {
      const ask = "EXECUTE ON FUNCTION pg_control_system()";
      await primary.query(`REVOKE ${ask} FROM PUBLIC`);
      const { session } = open({ connectionString: withLogin(url, "reader") });
      await expect(read(session)).rejects.toMatchObject({
        ...refusal,
        message: expect.stringContaining("GRANT EXECUTE"),
      });
      await primary.query(`GRANT ${ask} TO PUBLIC`);
      expect(await read(session)).toMatchObject({ onReplica: false });
    });
  });

  test("works for the question what the reading login may do, and for nothing that writes", async () => {
    const { session } = open({ replicaWaitMs: patient });
    await session.migrate(never);
    await read(session);
    expect(await session.reviewRights?.(never)).not.toEqual([]);
    for (const pipeline of [true, false]) {
      const pool = new pg.Pool({ connectionString: replicaUrl, max: 1, pipeline });
      const away = open({}, { pool }).session;
      const refused = { code: "database.unavailable", message: expect.stringContaining("read-only") };
      const route = () => ({ deliveries: [], refused: [] });
      await expect(away.poller.dispatch(1, route, never)).rejects.toMatchObject(refused);
      await expect(away.poller.claim([], { token: crypto.randomUUID(), durationMs: 1 }, never)).rejects.toMatchObject(
        refused,
      );
      // Another may lead to the server that is the primary by then.
      expect(pool.totalCount).toBe(0);
      await pool.end();
    }
  });

  test("where staleReads are allowed, shows what the replica has", async () => {
    await write();
    const { session } = open({ replicaWaitMs: patient });
    const before = await read(session);
    await replica.query("SELECT pg_wal_replay_pause()");
    await write();
    expect(await read(open({ staleReads: "allow" }).session)).toEqual(before);
  });
});

async function ask(pool: pg.Pool, expression: string): Promise<unknown> {
  return (await pool.query(`SELECT ${expression} AS value`)).rows[0].value;
}
