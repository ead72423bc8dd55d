import { type CategoryDefinition, category } from "@syncline/core/spi";
import { testDelivery } from "@syncline/testkit/makers";
import { type Connection, createConnection } from "mariadb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { mariadb } from "../adapter.ts";
import { testServer } from "../testing/server.ts";
import { never, silent, uniqueName } from "../testing/session.ts";

const server = await testServer();
const schema = uniqueName("captured");
const shop = `${schema}_shop`;

describe.skipIf(server === undefined)("captured on a live MariaDB", () => {
  if (server === undefined) return;
  const session = mariadb({ config: { ...server }, schema }).open({ log: silent });
  let connection: Connection;
  const run = (text: string) => connection.query(text);
  const recorded = async () => {
    const rows: readonly { readonly said: string }[] = await run(
      `SELECT CONCAT(operation, ' ', \`condition\`) AS said FROM ${schema}.\`change\` ORDER BY id`,
    );
    await run(`DELETE FROM ${schema}.\`change\``);
    return rows.map(({ said }) => said.replaceAll(/[" ]/g, " ").replaceAll(/ +/g, " "));
  };
  const order = category("order", { id: "bigint" });
  const capture = session.capture;
  if (capture === undefined) throw new Error("There is no capture.");
  const install = (table: string, source = {}, what: CategoryDefinition = order) =>
    capture.install({ category: what, source: { table: `${shop}.${table}`, ...source } }, never);

  beforeAll(async () => {
    connection = await createConnection({ ...server });
    await session.migrate(never);
  });
  beforeEach(async () => {
    await run(`DROP DATABASE IF EXISTS ${shop}`);
    await run(`CREATE DATABASE ${shop}`);
    await run(`USE ${shop}`);
    await run(`DELETE FROM ${schema}.\`change\``);
  });
  afterAll(async () => {
    await run(`DROP DATABASE ${shop}`);
    await run(`DROP DATABASE ${schema}`);
    await connection.end();
    await session.close();
  });

  test("REPLACE and INSERT … ON DUPLICATE KEY tell of the key that they write, and of one that they displace", async () => {
    await run("CREATE TABLE t (id BIGINT PRIMARY KEY, code INT UNIQUE)");
    await install("t");
    await run("INSERT INTO t VALUES (1, 1), (2, 2)");
    expect(await recorded()).toEqual(["upsert { id : 1}", "upsert { id : 2}"]);
    await run("REPLACE INTO t VALUES (3, 2)");
    expect(await recorded()).toEqual(["delete { id : 2}", "upsert { id : 3}"]);
    await run("INSERT INTO t VALUES (9, 1) ON DUPLICATE KEY UPDATE id = id + 10");
    expect(await recorded()).toEqual(["delete { id : 1}", "upsert { id : 11}"]);
    await run("INSERT IGNORE INTO t VALUES (11, 5)");
    expect(await recorded()).toEqual([]);
  });

  test("a BOOLEAN that is neither true nor false is no key, since TRUE would not find it", async () => {
    await run("CREATE TABLE t (id INT PRIMARY KEY, is_open BOOLEAN)");
    await install("t", {}, category("flag", { is_open: "boolean" }));
    await run("INSERT INTO t VALUES (1, true), (2, false), (3, 2), (4, -1)");
    expect(await recorded()).toEqual(["true", "false", "null", "null"].map((value) => `upsert { is_open : ${value}}`));
  });

  test("bulk statements record each row, a partition move one change, and a roll-back none", async () => {
    await run(`CREATE TABLE t (id BIGINT, year INT, PRIMARY KEY (id, year))
      PARTITION BY RANGE (year) (PARTITION a VALUES LESS THAN (2020), PARTITION b VALUES LESS THAN MAXVALUE)`);
    const { uncaptured } = await install("t");
    expect(uncaptured.join()).toMatch(/TRUNCATE PARTITION, DROP PARTITION/);
    await run("INSERT INTO t SELECT seq, 2000 FROM seq_1_to_500");
    expect(await recorded()).toHaveLength(500);
    await run("UPDATE t SET year = 2024 WHERE id = 7");
    expect(await recorded()).toEqual(["upsert { id : 7}"]);
    await run("START TRANSACTION");
    await run("DELETE FROM t");
    await run("ROLLBACK");
    expect(await recorded()).toEqual([]);
    await run("DELETE FROM t WHERE id <= 2");
    expect(await recorded()).toEqual(["upsert { id : 1}", "upsert { id : 2}"]);
  });

  test("a key is compared as it is spelled, and only listed columns count where some are listed", async () => {
    await run("CREATE TABLE t (code VARCHAR(9) PRIMARY KEY, total INT, seen INT) COLLATE utf8mb4_general_ci");
    const coded = category("order", { code: "string" });
    const { uncaptured } = await install("t", { updateOf: ["total"] }, coded as never);
    expect(uncaptured.join("\n")).toMatch(/code compares by utf8mb4_general_ci[\s\S]*neither the key nor total/);
    await run("INSERT INTO t VALUES ('y', 1, 1)");
    await recorded();
    await run("UPDATE t SET seen = 2");
    expect(await recorded()).toEqual([]);
    await run("UPDATE t SET total = 2");
    expect(await recorded()).toEqual(["upsert { code : y }"]);
    await run("UPDATE t SET code = 'Y'");
    expect(await recorded()).toEqual(["delete { code : y }", "upsert { code : Y }"]);
    await run("UPDATE t SET code = 'Y '");
    const dispatched: string[] = [];
    await session.poller.dispatch(
      10,
      (changes) => {
        dispatched.push(
          ...changes.map(({ operation, condition }) => `${operation} ${condition.replaceAll(" :", ":")}`),
        );
        return { deliveries: [testDelivery({ strategy: "s", key: "k" })], refused: [] };
      },
      never,
    );
    expect(dispatched).toEqual([`delete {"code": "Y"}`, `upsert {"code": "Y "}`]);
  });

  test("times are the instants that they are, whatever the writer's zone and sql_mode", async () => {
    await run("CREATE TABLE t (at TIMESTAMP(6) NOT NULL PRIMARY KEY, big DECIMAL(38, 6) NOT NULL)");
    const timed = category("order", { at: "timestamp", big: "decimal" });
    await install("t", {}, timed as never);
    await run("SET SESSION time_zone = '+09:00', sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,ORACLE'");
    await run("INSERT INTO t VALUES ('2024-01-02 12:04:05.678901', 12345678901234567890.5)");
    await run("SET SESSION time_zone = DEFAULT, sql_mode = DEFAULT");
    expect((await recorded()).map((each) => each.replaceAll(" ", ""))).toEqual([
      "upsert{at:2024-01-02T03:04:05.678901Z,big:12345678901234567890.500000}",
    ]);
  });

  test("who writes needs no right on Syncline's tables", async () => {
    await run("CREATE TABLE t (id BIGINT PRIMARY KEY)");
    await install("t");
    const user = uniqueName("w").slice(0, 30);
    await run(`CREATE USER '${user}'@'%' IDENTIFIED BY 'planted-secret'`);
    await run(`GRANT INSERT ON ${shop}.* TO '${user}'@'%'`);
    const writer = await createConnection({ ...server, user, password: "planted-secret" });
    await writer.query(`INSERT INTO ${shop}.t VALUES (5)`);
    await writer.end();
    await run(`DROP USER '${user}'@'%'`);
    expect(await recorded()).toEqual(["upsert { id : 5}"]);
  });

  test("a cascade fires nothing, and is told where it is installed", async () => {
    await run("CREATE TABLE parent (id BIGINT PRIMARY KEY)");
    await run(
      "CREATE TABLE t (id BIGINT PRIMARY KEY, p BIGINT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE)",
    );
    const { uncaptured } = await install("t");
    expect(uncaptured.join("\n")).toContain(
      `what ${shop}.parent (ON DELETE CASCADE) changes or deletes here is not recorded`,
    );
    await run("INSERT INTO parent VALUES (1)");
    await run("INSERT INTO t VALUES (1, 1)");
    await recorded();
    await run("DELETE FROM parent");
    expect(await recorded()).toEqual([]);
  });

  test("what somebody has changed is told, and mended by installing again", async () => {
    await run("CREATE TABLE t (id BIGINT PRIMARY KEY, other INT)");
    const target = { category: order, source: { table: `${shop}.t` } };
    const { triggers } = await install("t");
    expect(triggers).toHaveLength(3);
    await run(`DROP TRIGGER ${shop}.${triggers[0]?.name}`);
    const shown = await capture.show(target, never);
    expect([shown.state, shown.drift]).toEqual(["drifted", [`There is no trigger ${triggers[0]?.name}.`]]);
    const { state, statements } = await install("t");
    expect([state, statements.length]).toEqual(["installed", 1]);
    expect((await install("t", { updateOf: ["other"] })).statements).toHaveLength(1);
    expect((await capture.remove(target, never)).statements).toHaveLength(3);
  });

  test("a long statement of a captured table keeps no recorder waiting", async () => {
    await run("CREATE TABLE t (id BIGINT PRIMARY KEY)");
    await install("t");
    await run("START TRANSACTION");
    await run("INSERT INTO t VALUES (1)");
    const other = await createConnection({ ...server });
    await other.query("SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1");
    await other.beginTransaction();
    await mariadb({ config: { ...server }, schema }).recorder.record(other, [
      { category: "order", condition: { id: "2" }, key: '{"id":"2"}', operation: "upsert" },
    ]);
    await other.commit();
    await other.end();
    await run("COMMIT");
    expect(await recorded()).toHaveLength(2);
  });
});
