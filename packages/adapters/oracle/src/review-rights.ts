import type { DatabaseSession, SurplusRight } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { loginName, surplusRights } from "./sql/surplus-rights.ts";

const reading = `Give oracle({ query: { user, password, connectString } }) a login with READ on what strategies need: sql/roles.sql of @syncline/oracle.`;

/**
 * Rights with which a template does more than read, in a function's transaction of its own or as
 * whoever it can become.
 */
const dangerous =
  /\bANY\b|^(ALTER|CREATE|DROP|BECOME|IMPORT|EXPORT|GRANT|MANAGE|ADMINISTER|UNLIMITED|SYSDBA|SYSOPER)\b/;

export function reviewRightsWith(reader: Connections, own: Connections): NonNullable<DatabaseSession["reviewRights"]> {
  return async (signal) => {
    const nameOf = async (connections: Connections) =>
      (await connections.run(loginName, {}, signal)).rows[0]?.[0] ?? "";
    const login = await nameOf(reader);
    const { rows } = await reader.run(surplusRights, {}, signal);
    const ofKind = (kind: string) =>
      [...new Set(rows.filter(([each]) => each === kind).map(([, what]) => what ?? ""))].sort();
    const found: SurplusRight[] = [];
    const tell = (severity: SurplusRight["severity"], right: string, message: string) =>
      found.push({ severity, login, right, message });
    if (login === (await nameOf(own)))
      tell(
        "danger",
        `Syncline's own login, ${login}`,
        `Strategies are read as ${login}, Syncline's own login: a function with a transaction of its own writes whatever Syncline may. ${reading}`,
      );
    const privileges = ofKind("privilege");
    const danger = privileges.filter((each) => dangerous.test(each));
    if (danger.length > 0)
      tell("danger", short(danger), `${login} has ${short(danger)}, which reading does not need. ${reading}`);
    const others = privileges.filter((each) => !dangerous.test(each));
    if (others.length > 0)
      tell("notice", short(others), `${login} has ${short(others)}, which reading does not need: REVOKE it.`);
    const written = [...ofKind("write"), ...ofKind("own")];
    if (written.length > 0)
      tell(
        "danger",
        `may write ${short(written)}`,
        `${login} may write ${short(written)}: the read-only transaction does not bind functions with a transaction of their own. Grant it READ alone.`,
      );
    const locked = ofKind("lock");
    if (locked.length > 0)
      tell(
        "notice",
        `SELECT on ${short(locked)}`,
        `With SELECT a function may lock ${short(locked)}, row by row or as a whole: GRANT READ instead.`,
      );
    const outward = ofKind("outward");
    if (outward.length > 0)
      tell(
        "notice",
        `EXECUTE on ${short(outward)}`,
        `${login} may execute ${short(outward)}: REVOKE EXECUTE … FROM PUBLIC, or leave it without an entry in the network's access list.`,
      );
    return found;
  };
}

function short(names: readonly string[]): string {
  const more = names.length - 5;
  return `${names.slice(0, 5).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
