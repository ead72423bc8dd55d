import type { DatabaseSession, SurplusRight } from "@syncline/core/spi";
import type { Connections } from "./connections.ts";
import { ownStatement } from "./sql/statement.ts";
import { ownLogin, surplusRights } from "./sql/surplus-rights.ts";

type Kind = Pick<SurplusRight, "severity"> & {
  readonly right: (what: string) => string;
  readonly message: (what: string, login: string) => string;
};

const script = "sql/reading-login.sql of @syncline/postgres takes it away.";

/**
 * By what the server said. `danger`: the read-only transaction is no fence against it, or is the
 * only one left. What everybody may execute by default is a `notice`: it is the database's to
 * decide, and not the login's.
 */
const kinds: Readonly<Record<string, Kind>> = {
  superuser: {
    severity: "danger",
    right: () => "superuser",
    message: (_, login) =>
      `Strategies are read as ${login}, a superuser: a template reads and writes the server's files, makes replication slots and ` +
      "ends sessions. Give postgres({ query: { connectionString } }) a login that may SELECT what strategies need.",
  },
  own: {
    severity: "danger",
    right: (own) => `Syncline's own login, ${own}`,
    message: (own, login) =>
      `Strategies are read as ${login === own ? `${login}, Syncline's own login` : `${login}, which may become Syncline's own login ${own}`}` +
      ": a template reads whatever Syncline may and ends its sessions, and only the read-only transaction keeps it from writing. " +
      "Give postgres({ query: { connectionString } }) a login of its own that may SELECT what strategies need.",
  },
  attribute: {
    severity: "danger",
    right: (name) => name,
    message: (name, login) => `${login} has ${name}, which reading does not need: ALTER ROLE … NO${name}.`,
  },
  member: {
    severity: "danger",
    right: (role) => `membership in ${role}`,
    message: (role, login) => `${login} is a member of ${role}, which reading does not need: REVOKE ${role} FROM ….`,
  },
  write: {
    severity: "danger",
    right: (tables) => `INSERT, UPDATE, DELETE or TRUNCATE on ${tables}`,
    message: (tables, login) =>
      `${login} may write ${tables}: only the read-only transaction keeps a template from it. Grant it SELECT alone.`,
  },
  see: {
    severity: "notice",
    right: (role) => `membership in ${role}`,
    message: (role, login) =>
      `${login} is a member of ${role}, which shows ${role === "pg_read_all_data" ? "every table" : "what other sessions run"}: ` +
      `REVOKE ${role} FROM ….`,
  },
  schema: {
    severity: "notice",
    right: (schema) => `USAGE on schema ${schema}`,
    message: (schema, login) =>
      `${login} may use ${schema}, where Syncline's own tables are: strategies need nothing of it. REVOKE USAGE ON SCHEMA ${schema} FROM ….`,
  },
  create: {
    severity: "notice",
    right: (schemas) => `CREATE on schema ${schemas}`,
    message: (schemas, login) => `${login} may create objects in ${schemas}: REVOKE CREATE ON SCHEMA … FROM PUBLIC.`,
  },
  path: {
    severity: "notice",
    right: (schemas) => `others' objects in ${schemas}`,
    message: (schemas, login) =>
      `Others may create in ${schemas} of ${login}'s search path: what they define there runs as ${login} where it fits a ` +
      "template's functions and operators best. REVOKE CREATE ON SCHEMA … FROM …, or ALTER ROLE … SET search_path.",
  },
  act: {
    severity: "notice",
    right: (name) => `EXECUTE on pg_catalog.${name}`,
    message: (name, login) =>
      `${login} may execute ${name}, which leaves something behind in spite of READ ONLY; ${script}`,
  },
  meddle: {
    severity: "notice",
    right: (name) => `EXECUTE on pg_catalog.${name}`,
    message: (name, login) =>
      `${login} may execute ${name}, with which strategies get into each other's way; see ${script.replace(" takes it away", "")}`,
  },
  extension: {
    severity: "notice",
    right: (name) => `EXECUTE on functions of the extension ${name}`,
    message: (name, login) =>
      `${login} may execute functions of ${name}, which reach other servers or files: REVOKE EXECUTE ON FUNCTION … FROM PUBLIC.`,
  },
  language: {
    severity: "notice",
    right: (name) => `EXECUTE on ${name}`,
    message: (name, login) =>
      `${login} may execute ${name}, whose language knows no limits: REVOKE EXECUTE … FROM PUBLIC.`,
  },
  definer: {
    severity: "notice",
    right: (name) => `EXECUTE on ${name}`,
    message: (name, login) =>
      `${login} may execute ${name}, which runs with its owner's rights: REVOKE EXECUTE … FROM PUBLIC.`,
  },
};

/**
 * `own`: Syncline's own statements, whose tables are in `schemaName`; `reading`: what strategies'
 * queries run on.
 */
export function reviewRightsWith(
  own: Connections,
  reading: Connections,
  schemaName: string,
): NonNullable<DatabaseSession["reviewRights"]> {
  const statements = { login: ownStatement("own_login", ownLogin), rights: ownStatement("surplus", surplusRights) };
  return async (signal) => {
    const [[login] = []] = await own.run(statements.login, [], signal);
    const rows = await reading.run(statements.rights, [login, schemaName], signal);
    return rows.flatMap(([reader, kind, what]) => {
      const known = kinds[kind ?? ""];
      if (known === undefined || reader === null || reader === undefined) return [];
      const { severity, right, message } = known;
      return [{ severity, login: reader, right: right(what ?? ""), message: message(what ?? "", reader) }];
    });
  };
}
