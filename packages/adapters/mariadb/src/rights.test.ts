import { readFile } from "node:fs/promises";
import { createConnection } from "mariadb";
import { describe, expect, test } from "vitest";
import { mariadb } from "./adapter.ts";
import { testServer } from "./testing/server.ts";
import { connect, never, silent, uniqueName } from "./testing/session.ts";

const server = await testServer();

describe.skipIf(server === undefined)("the rights that the README grants", async () => {
  if (server === undefined) return;
  const schema = uniqueName("rights");
  const admin = await connect(server);
  await mariadb({ config: { ...server }, schema })
    .open({ log: silent })
    .migrate(never);
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const granted = readme.split("\n").filter((line) => /^GRANT .* TO (worker|editor);/.test(line));

  const login = async (role: string) => {
    const user = uniqueName(role[0] ?? "").slice(0, 30);
    await admin.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'planted-secret'`);
    for (const line of granted.filter((each) => each.includes(` TO ${role};`)))
      await admin.query(line.replace(/ TO .*/, ` TO '${user}'@'%'`).replaceAll("syncline.", `${schema}.`));
    return { ...server, user, password: "planted-secret" };
  };

  test("let whoever acts keep what is done, and neither change, forge nor delete it", async () => {
    const worker = await login("worker");
    const { backlog, audit, strategyHistory } = mariadb({ config: worker, schema }).open({ log: silent });
    await admin.query(
      `INSERT INTO ${schema}.operation (action, acted_at) VALUES ('old', UTC_TIMESTAMP() - INTERVAL 401 DAY)`,
    );
    const record = { action: "pause", actor: null, reason: "rest", strategy: "crm", selection: "{}" } as const;
    await backlog.pause("crm", never, record);
    const { items } = (await audit?.list({}, never)) ?? { items: [] };
    expect(items.map(({ action, actor, reason }) => [action, actor.split("@")[0], reason])).toEqual([
      ["pause", worker.user, "rest"],
    ]);
    expect(await strategyHistory?.list("crm", {}, never)).toEqual([]);
    const connection = await createConnection(worker);
    for (const text of [
      `INSERT INTO ${schema}.operation (action, login) VALUES ('pause', 'ann')`,
      `UPDATE ${schema}.operation SET reason = 'another'`,
      `DELETE FROM ${schema}.operation`,
      `TRUNCATE ${schema}.operation`,
    ])
      await expect(connection.query(text)).rejects.toThrow(/denied/);
    await connection.end();
  });

  test("keep each version of a strategy, whatever an editor's statement is", async () => {
    const editor = await createConnection({ ...(await login("editor")), rowsAsArray: true });
    const put = (json: string) =>
      editor.query(`INSERT INTO ${schema}.strategy (name, definition) VALUES ('crm', '${json}')
        ON DUPLICATE KEY UPDATE definition = VALUES(definition)`);
    await put('{"a":1}');
    await put('{"a":1}');
    await editor.query("SET @syncline_actor = 'ann'");
    await put('{"a":2}');
    await editor.query(`UPDATE ${schema}.strategy SET name = 'erp' WHERE name = 'crm'`);
    await expect(editor.query(`DELETE FROM ${schema}.strategy_history`)).rejects.toThrow(/denied/);
    await editor.end();
    const kept = await admin.query(
      `SELECT strategy, version, author, \`change\` FROM ${schema}.strategy_history ORDER BY strategy, version`,
    );
    expect(kept).toEqual([
      ["crm", 1, null, "created"],
      ["crm", 2, "ann", "changed"],
      ["crm", 3, "ann", "deleted"],
      ["erp", 1, "ann", "created"],
    ]);
  });
});
