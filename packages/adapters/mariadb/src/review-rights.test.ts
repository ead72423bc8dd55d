import { describe, expect, test } from "vitest";
import { mariadb } from "./adapter.ts";
import { grantsIn } from "./review-rights.ts";
import { testServer } from "./testing/server.ts";
import { connect, never, silent, uniqueName, urlOf } from "./testing/session.ts";

test.each([
  ["GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*B69027D4'", ["USAGE on *.*"]],
  [
    "GRANT SELECT, SELECT (`a`, `b`), UPDATE (`a`) ON `shop`.`t` TO `r`@`%`",
    ["SELECT on `shop`.`t`", "SELECT on `shop`.`t`", "UPDATE on `shop`.`t`"],
  ],
  ["GRANT EXECUTE ON FUNCTION `shop`.`f` TO `r`@`%`", ["EXECUTE on FUNCTION `shop`.`f`"]],
  ["GRANT `role` TO `r`@`%`", []],
  ["SET DEFAULT ROLE `role` FOR `r`@`%`", []],
])("a line of the server's is read: %s", (line, expected) => {
  expect(grantsIn(line).map(({ privilege, on }) => `${privilege} on ${on}`)).toEqual(expected);
});

const server = await testServer();
describe.skipIf(server === undefined)("rights on a live MariaDB", async () => {
  if (server === undefined) return;
  const admin = await connect(server);
  const shop = uniqueName("rights");
  const role = `role_${shop}`.slice(0, 60);
  const password = "a pass";
  await admin.query(`CREATE DATABASE ${shop}`);
  await admin.query(`CREATE TABLE ${shop}.t (id INT)`);

  async function rightsOf(...grants: readonly string[]) {
    const login = uniqueName("r").slice(-30);
    await admin.query(`CREATE USER ${login}@'%' IDENTIFIED BY '${password}'`);
    for (const grant of grants) await admin.query(grant.replaceAll("LOGIN", `${login}@'%'`));
    const query = {
      connectionString: urlOf({ ...server, host: server?.host ?? "", port: server?.port ?? 0, user: login, password }),
    };
    const session = mariadb({ config: { ...server }, schema: `${shop}_own`, query }).open({ log: silent });
    try {
      return (await session.reviewRights?.(never))?.map(({ severity, right }) => `${severity}: ${right}`);
    } finally {
      await session.close();
      await admin.query(`DROP USER ${login}@'%'`);
    }
  }

  test("a login that may read what strategies need has nothing too much", async () => {
    expect(await rightsOf(`GRANT SELECT, SHOW VIEW ON ${shop}.* TO LOGIN`)).toEqual([]);
  });

  test("what it may beyond reading is named, also by its default role", async () => {
    await admin.query(`CREATE ROLE ${role}`);
    await admin.query(`GRANT DELETE ON ${shop}.t TO ${role}`);
    const found = await rightsOf(
      "GRANT SELECT, FILE, PROCESS ON *.* TO LOGIN",
      `GRANT INSERT, UPDATE (id) ON ${shop}.t TO LOGIN`,
      `GRANT EXECUTE ON ${shop}.* TO LOGIN`,
      `GRANT SELECT ON ${shop}_own.* TO LOGIN`,
      `GRANT ${role} TO LOGIN`,
      `SET DEFAULT ROLE ${role} FOR LOGIN`,
    );
    expect(found?.sort()).toEqual(
      [
        ...["danger: FILE", "notice: PROCESS", "notice: SELECT on *.*", `notice: EXECUTE on \`${shop}\`.*`],
        ...[`danger: INSERT, UPDATE, DELETE on \`${shop}\`.\`t\``, `notice: SELECT on \`${shop}_own\`.*`],
      ].sort(),
    );
    await admin.query(`DROP ROLE ${role}`);
  });

  test("a login that is Syncline's own is a danger", async () => {
    const session = mariadb({ config: { ...server } }).open({ log: silent });
    const rights = (await session.reviewRights?.(never)) ?? [];
    await session.close();
    expect(rights.map(({ severity, right }) => `${severity}: ${right}`)).toEqual([
      expect.stringMatching(/^danger: Syncline's own login, /),
      "danger: ALL PRIVILEGES on *.*",
    ]);
  });
});
