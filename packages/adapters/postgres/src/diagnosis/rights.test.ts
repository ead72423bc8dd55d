import { readFileSync } from "node:fs";
import { type DatabaseRole, databaseRoles, type Finding } from "@syncline/core/spi";
import { testDatabase } from "@syncline/dev-postgres/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { grantsOf } from "../testing/roles.ts";
import { never, openPool, openSession } from "../testing/session.ts";

const operations = readFileSync(new URL("../../../../../docs/operations.md", import.meta.url), "utf8");
/** As the documentation has it. */
const [, section = ""] = /<!-- rights: postgres -->(.*?)<!-- end -->/s.exec(operations) ?? [];
const sql = [...section.matchAll(/```sql\n(.*?)```/gs)].map(([, block]) => block).join("\n");

const url = await testDatabase();
const admin = openPool(url, 2);
const session = openSession({ connectionString: url });
const suffix = new URL(url).pathname.slice(1);
const nameOf = (role: DatabaseRole) => `doctor_${role}_${suffix}`;
const roles = Object.fromEntries(databaseRoles.map((role) => [role, nameOf(role)]));
const [worker, recorder, editor] = [nameOf("worker"), nameOf("recorder"), nameOf("editor")];

async function look(check = "rights"): Promise<readonly Finding[]> {
  const findings = (await session.diagnosis?.examine({ roles }, never)) ?? [];
  return findings.filter((finding) => finding.check === check);
}

async function mend(findings: readonly Finding[]): Promise<void> {
  for (const statement of findings.flatMap(({ remedy = [] }) => remedy)) await admin.query(statement);
}

const faults = async () => (await look()).filter(({ level }) => level !== "ok");

beforeAll(async () => {
  await session.migrate(never);
  await admin.query(sql.replaceAll(/syncline_(\w+)/g, (_, role) => nameOf(role)));
});
afterAll(async () => {
  const names = databaseRoles.map(nameOf).join(", ");
  await admin.query(`DROP OWNED BY ${names}; DROP ROLE ${names}`);
});

it("the SQL of the documentation gives each role what it needs, and the doctor is content", async () => {
  const found = await look();
  expect(found.map(({ level, at }) => [level, at])).toEqual(
    databaseRoles.map((role) => ["ok", `${role} ${nameOf(role)}`]),
  );
  expect(await look("timeouts")).toMatchObject([{ level: "ok" }]);
});

it("each grant that is taken away is named, with what gives it back", async () => {
  for (const role of databaseRoles)
    for (const { what, right } of await grantsOf(admin, nameOf(role))) {
      await admin.query(`REVOKE ${right} ON ${what} FROM ${nameOf(role)}`);
      const found = await faults();
      // Whoever may not use the schema has no right in it, and yet only that is missing.
      expect(found, `${right} ON ${what}`).toMatchObject([{ level: "error", at: `${role} ${nameOf(role)}` }]);
      expect(found[0]?.message).toContain(right.replace(/ .*/, ""));
      await mend(found);
      expect(await faults(), `${right} ON ${what}`).toEqual([]);
    }
});

it.each([
  [`GRANT DELETE ON syncline.operation TO ${worker}`, /DELETE ON "syncline".operation/, /forged/],
  [`GRANT INSERT ON syncline.change TO ${recorder}`, /INSERT ON "syncline".change/, /others' recording/],
  [
    `GRANT SELECT (key, strategy) ON syncline.delivery TO ${recorder}`,
    /SELECT \(key, strategy\) ON/,
    /Keys of customers/,
  ],
  [`GRANT UPDATE ON syncline.dispatcher TO ${editor}`, /UPDATE ON "syncline".dispatcher/, /dispatch can be stopped/],
  [`GRANT CREATE ON SCHEMA syncline TO ${worker}`, /CREATE ON SCHEMA "syncline"/, /defines what/],
  [`GRANT USAGE ON SCHEMA syncline TO ${nameOf("reader")}`, /USAGE ON SCHEMA/, /does not need it/],
  [`ALTER ROLE ${worker} CREATEROLE`, /CREATEROLE/, /close to all/],
])("%s is told as too much, with what takes it away", async (grant, message, why) => {
  await admin.query(grant);
  const found = await faults();
  expect(found).toMatchObject([
    { level: "warn", message: expect.stringMatching(message), why: expect.stringMatching(why) },
  ]);
  await mend(found);
  expect(await faults()).toEqual([]);
});

it("a superuser, a role that is not there, and one that is nobody's are told apart", async () => {
  const asked = { roles: { recorder: "nobody_at_all", monitor: "postgres" } };
  const found = (await session.diagnosis?.examine(asked, never))?.filter(({ check }) => check === "rights");
  expect(found?.map(({ level, at }) => `${level} ${at}`)).toEqual([
    "warn worker postgres",
    "error recorder nobody_at_all",
    "warn reader postgres",
    expect.stringMatching(/^unknown editor/),
    "warn monitor postgres",
  ]);
});

it("without an end to their patience, editors are told", async () => {
  await admin.query(`ALTER ROLE ${editor} RESET idle_in_transaction_session_timeout`);
  const found = await look("timeouts");
  expect(found).toMatchObject([{ level: "warn", at: `role ${editor}` }]);
  await mend(found);
  expect(await look("timeouts")).toMatchObject([{ level: "ok" }]);
});
