import type { DatabaseSession, SurplusRight } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { heldRights, loginName, writableTables } from "./sql/surplus-rights.ts";

/** `danger`: with it a template does more than read, as soon as something of ours lets it pass. */
const notices: ReadonlyMap<string, string> = new Map([
  ["VIEW SERVER STATE", "sees what others run, and reads traces from files"],
  ["ALTER TRACE", "reads traces from files, also of other machines"],
  ["EXECUTE", "calls every function there is, in a query"],
]);

const reading =
  "Give sqlserver({ query: { connectionString } }) a login with SELECT on what strategies need: sql/roles.sql of @syncline/sqlserver.";

export function reviewRightsWith(reader: Connections, own: Connections): NonNullable<DatabaseSession["reviewRights"]> {
  return async (signal) => {
    const login = String((await reader.run(loginName, {}, signal))[0]?.[0]);
    const ownLogin = String((await own.run(loginName, {}, signal))[0]?.[0]);
    const held = notImplied((await reader.run(heldRights, {}, signal)).map(([name]) => String(name)));
    const found: SurplusRight[] = [];
    if (login === ownLogin) {
      const message = `Strategies are read as ${login}, Syncline's own login: a template reads whatever Syncline may, and nothing but the rollback keeps it from writing. ${reading}`;
      found.push({ severity: "danger", login, right: `Syncline's own login, ${login}`, message });
    }
    found.push(...held.map((right) => heldRight(login, right)));
    // A member of sysadmin or db_owner may write them all.
    if (!held.includes("sysadmin") && !held.includes("db_owner"))
      found.push(...writeRight(login, await reader.run(writableTables, {}, signal)));
    return found;
  };
}

/** What comes with another right goes with it, too. */
function notImplied(held: readonly string[]): readonly string[] {
  if (held.includes("sysadmin")) return ["sysadmin"];
  return held.includes("db_owner") ? held.filter((each) => !ofOwners.has(each)) : held;
}

const ofOwners: ReadonlySet<string> = new Set(["ALTER", "CREATE TABLE", "EXECUTE"]);

function heldRight(login: string, right: string): SurplusRight {
  const notice = notices.get(right);
  if (notice !== undefined)
    return {
      severity: "notice",
      login,
      right,
      message: `${login} has ${right}, and so ${notice}: REVOKE it, if nothing needs it.`,
    };
  const message = `${login} has ${right}, which reading does not need. ${reading}`;
  return { severity: "danger", login, right, message };
}

function writeRight(login: string, rows: readonly (readonly unknown[])[]): readonly SurplusRight[] {
  const [first] = rows;
  if (first === undefined) return [];
  const more = Number(first[1]) - rows.length;
  const tables = `${rows.map(([name]) => name).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const message = `${login} may write ${tables}: nothing but the rollback keeps a template from it. Grant it SELECT alone.`;
  return [{ severity: "danger", login, right: `INSERT, UPDATE or DELETE on ${tables}`, message }];
}
