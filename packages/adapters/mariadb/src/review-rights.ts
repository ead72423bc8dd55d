import { translating } from "@syncline/core/adapter-kit";
import type { DatabaseSession, SurplusRight } from "@syncline/core/spi";
import type { Connection } from "mariadb";
import type { MariadbConnections } from "./driver.ts";
import { translateError } from "./errors.ts";

interface Grant {
  readonly privilege: string;
  /** As the server writes it: `*.*`, `` `shop`.* ``, `FUNCTION `shop`.`f``. */
  readonly on: string;
}

const needed: ReadonlySet<string> = new Set(["USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES"]);
const writing: ReadonlySet<string> = new Set([
  ...[
    "INSERT",
    "UPDATE",
    "DELETE",
    "DELETE HISTORY",
    "CREATE",
    "DROP",
    "ALTER",
    "INDEX",
    "TRIGGER",
    "REFERENCES",
    "EVENT",
  ],
  ...["CREATE VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "CREATE TEMPORARY TABLES", "LOCK TABLES"],
]);

/**
 * What the login that strategies' queries run with may do beyond reading, by what the server says of
 * its own rights and of its default role's. Nothing of those lines goes on as it is: they may hold
 * a password's hash.
 *
 * @param schemaName where Syncline's tables are.
 */
export function reviewRightsWith(
  own: MariadbConnections,
  reading: MariadbConnections,
  schemaName: string,
): NonNullable<DatabaseSession["reviewRights"]> {
  const ask = <Result>(
    connections: MariadbConnections,
    work: (one: Connection) => Promise<Result>,
    signal: AbortSignal,
  ) => translating(translateError, () => connections.withConnection(work, signal));
  return async (signal) => {
    const owner = await ask(own, loginOf, signal);
    const [login, lines] = await ask(
      reading,
      async (connection) =>
        [
          await loginOf(connection),
          (await connection.query("SHOW GRANTS")) as readonly (readonly unknown[])[],
        ] as const,
      signal,
    );
    return surplus(
      login,
      owner,
      lines.flatMap(([line]) => grantsIn(String(line))),
      schemaName,
    );
  };
}

async function loginOf(connection: Connection): Promise<string> {
  const [[login] = []]: readonly (readonly unknown[])[] = await connection.query("SELECT CURRENT_USER()");
  return String(login);
}

/** A role that is granted is no right by itself: those of the default role follow in lines of their own. */
export function grantsIn(line: string): readonly Grant[] {
  const [, privileges, on] =
    /^GRANT (.+?) ON ((?:(?:TABLE|FUNCTION|PROCEDURE|PACKAGE(?: BODY)?) )?\S+?) TO /.exec(line) ?? [];
  if (privileges === undefined || on === undefined) return [];
  // Columns in brackets are commas, too.
  return privileges
    .replaceAll(/ ?\([^)]*\)/g, "")
    .split(", ")
    .map((privilege) => ({ privilege, on }));
}

export function surplus(
  login: string,
  owner: string,
  grants: readonly Grant[],
  schemaName: string,
): readonly SurplusRight[] {
  const found: SurplusRight[] = [];
  const say = (severity: SurplusRight["severity"], right: string, message: string) =>
    void found.push({ severity, login, right, message });
  const advice =
    "Give mariadb({ query: { connectionString } }) a login of its own that may SELECT what strategies need.";
  if (login === owner) {
    const can = "a template reads whatever Syncline may, and only the READ ONLY transaction keeps it from writing";
    say(
      "danger",
      `Syncline's own login, ${owner}`,
      `Strategies are read as ${login}, Syncline's own login: ${can}. ${advice}`,
    );
  }
  const revoke = (privilege: string, on: string) => `REVOKE ${privilege} ON ${on} FROM ….`;
  for (const on of new Set(grants.map((grant) => grant.on))) {
    const own = [...new Set(grants.filter((grant) => grant.on === on).map(({ privilege }) => privilege))];
    const writes = own.filter((privilege) => writing.has(privilege)).join(", ");
    if (writes !== "")
      say(
        "danger",
        `${writes} on ${on}`,
        `${login} may change ${on}: only the READ ONLY transaction keeps a template from it. ${revoke(writes, on)}`,
      );
    if (own.includes("ALL PRIVILEGES"))
      say("danger", `ALL PRIVILEGES on ${on}`, `${login} may do anything to ${on}; a template needs SELECT. ${advice}`);
    if (own.includes("FILE"))
      say("danger", "FILE", `${login} may read the server's files (LOAD_FILE). ${revoke("FILE", on)}`);
    if (own.includes("PROCESS"))
      say("notice", "PROCESS", `${login} may see what all other sessions run. ${revoke("PROCESS", on)}`);
    if (own.includes("EXECUTE"))
      say(
        "notice",
        `EXECUTE on ${on}`,
        `${login} may execute functions, which may run with their definers' rights. ${revoke("EXECUTE", on)}`,
      );
    if (own.includes("SELECT") && on === "*.*")
      say(
        "notice",
        "SELECT on *.*",
        `${login} may read every database, also the server's own with its logins. Grant SELECT on what strategies need.`,
      );
    if (own.includes("SELECT") && on.replaceAll("`", "").startsWith(`${schemaName}.`))
      say(
        "notice",
        `SELECT on ${on}`,
        `${login} may read Syncline's own tables, of which strategies need nothing. ${revoke("SELECT", on)}`,
      );
    const others = own.filter(
      (each) =>
        !needed.has(each) && !writing.has(each) && !["ALL PRIVILEGES", "FILE", "PROCESS", "EXECUTE"].includes(each),
    );
    if (others.length > 0 && on !== "``@`%`")
      say(
        "danger",
        `${others.join(", ")} on ${on}`,
        `${login} has ${others.join(", ")}, which reading does not need. ${revoke(others.join(", "), on)}`,
      );
  }
  return found;
}
