import { describe, expect, test } from "vitest";
import { mariadb } from "../adapter.ts";
import { testServer } from "../testing/server.ts";
import { connect, never, silent, uniqueName } from "../testing/session.ts";

const server = await testServer();

describe.skipIf(server === undefined)("tables of a live MariaDB", () => {
  if (server === undefined) return;

  test("are listed as somebody chooses them, whatever they are called", async () => {
    const database = uniqueName("Listed");
    const application = await connect(server);
    await application.query(`CREATE DATABASE \`${database}\``);
    await application.query(`USE \`${database}\``);
    await application.query(
      "CREATE TABLE `Order ``Lines``` (`order` bigint unsigned, No int, ratio double, PRIMARY KEY (No, `order`))",
    );
    await application.query("CREATE TABLE keyless (id bigint, at datetime, who uuid)");
    await application.query("CREATE TABLE by_unique (code varchar(9) NOT NULL UNIQUE, region varchar(9) UNIQUE)");
    await application.query("CREATE VIEW seen AS SELECT id FROM keyless");
    const session = mariadb({ config: { ...server, database }, max: 1 }).open({ log: silent });
    const listed = await session.sources?.tables?.(never);
    await session.close();
    await application.query(`DROP DATABASE \`${database}\``);
    expect(listed?.map(({ table, kind, readable, key }) => [table, kind, readable, key])).toEqual([
      [`${database}.by_unique`, "table", true, ["code"]],
      [`${database}.keyless`, "table", true, []],
      [`${database}.\`Order \`\`Lines\`\`\``, "table", true, ["No", "order"]],
      [`${database}.seen`, "view", true, []],
    ]);
    const columns = Object.fromEntries(listed?.map((each) => [each.table, each.columns]) ?? []);
    expect(columns[`${database}.\`Order \`\`Lines\`\`\``]).toEqual([
      { name: "order", sql: "`order`", type: "bigint(20) unsigned", field: "decimal" },
      { name: "No", sql: "`No`", type: "int(11)", field: "integer" },
      { name: "ratio", sql: "ratio", type: "double", field: null },
    ]);
    expect(columns[`${database}.keyless`]?.map(({ field }) => field)).toEqual(["bigint", "timestamp", "uuid"]);
  });
});
