import type { Examination, Told } from "@syncline/core/adapter-kit";
import { type DatabaseRole, type DiagnosisRequest, databaseRoles } from "@syncline/core/spi";
import type { Connections, TextRow } from "../connections.ts";
import { quoteIdentifier } from "../sql/identifier.ts";
import { ownStatement } from "../sql/statement.ts";
import { ownLogin } from "../sql/surplus-rights.ts";
import { ownTables, roleRights } from "./role-rights.ts";
import { type Grant, neededRights, usualNames } from "./roles.ts";

const statements = {
  login: ownStatement("own_login", ownLogin),
  rights: ownStatement("role_rights", roleRights),
  tables: ownStatement("own_tables", ownTables),
};

const uses: { readonly [Role in DatabaseRole]: string } = {
  worker: "Work and operators' commands need it.",
  recorder: "Recording needs it, and fails the business transaction without it.",
  reader: "Reading needs it.",
  editor: "Editing strategies and categories needs it.",
  monitor: "Looking on needs it.",
};

/**
 * Whether each role has the rights that it needs in our schema, and no others. `connections` are the worker's, `reading`
 * those of strategies' queries; the other roles are named by whoever asks, or are those of `sql/roles.sql`.
 */
export function rightsOf(connections: Connections, reading: Connections, schemaName: string): Examination {
  const schema = quoteIdentifier(schemaName);
  return {
    check: "rights",
    at: "roles",
    look: async (request, signal) => {
      const tables = (await connections.run(statements.tables, [schemaName], signal)).flatMap(([name]) => name ?? []);
      if (tables.length === 0)
        return [{ level: "unknown", at: "roles", message: "There are no tables to have rights to." }];
      const findings: Told[] = [];
      for (const role of databaseRoles) {
        const name = await nameOf(role, request);
        const rows = await connections.run(statements.rights, [schemaName, name], signal);
        findings.push(...judged({ role, name, isNamed: isNamed(role, request), schema, tables }, rows));
      }
      return findings;

      async function nameOf(role: DatabaseRole, { roles = {} }: DiagnosisRequest): Promise<string> {
        const given = roles[role];
        if (given !== undefined) return given;
        const asked = role === "worker" ? connections : role === "reader" ? reading : undefined;
        if (asked === undefined) return usualNames[role];
        const [[login] = []] = await asked.run(statements.login, [], signal);
        return login ?? usualNames[role];
      }
    },
  };
}

/** Whether it is known who it is, and not only what such a role is usually called. */
function isNamed(role: DatabaseRole, { roles = {} }: DiagnosisRequest): boolean {
  return role === "worker" || role === "reader" || roles[role] !== undefined;
}

interface Judged {
  readonly role: DatabaseRole;
  readonly name: string;
  readonly isNamed: boolean;
  readonly schema: string;
  readonly tables: readonly string[];
}

function judged(of: Judged, rows: readonly TextRow[]): readonly Told[] {
  const { role, name } = of;
  const at = `${role} ${name}`;
  const [[first] = []] = rows;
  if (first === "no role") {
    const asked = `Name it: syncline doctor --role ${role}=<login>`;
    return of.isNamed
      ? [
          {
            level: "error",
            at,
            message: "There is no such role.",
            why: uses[role],
            remedy: [`CREATE ROLE ${quoteIdentifier(name)}`],
          },
        ]
      : [
          {
            level: "unknown",
            at,
            message: "There is no role of that name, and nobody has said who it is.",
            remedy: [asked],
          },
        ];
  }
  if (first === "superuser" || first === "owner") {
    const what = first === "superuser" ? "a superuser" : "the owner of Syncline's tables, or a member of it";
    const why =
      role === "reader"
        ? "Whoever edits strategies reads, and perhaps writes, whatever this login may."
        : "A fault or a stolen password of it can drop, forge and read everything; no right of it can be taken away.";
    const remedy = [
      "psql --file node_modules/@syncline/postgres/sql/roles.sql",
      `GRANT ${usualNames[role]} TO <a login of its own>`,
    ];
    return [{ level: "warn", at, message: `It is ${what}, and has every right.`, why, remedy }];
  }
  const attributes = rows.filter(([kind]) => kind === "attribute");
  const findings = [
    ...attributes.map(([, attribute]) => ({
      level: "warn" as const,
      ...{ at, message: `It has ${attribute}.`, why: "Nothing of Syncline needs it, and it is close to all rights." },
      remedy: [`ALTER ROLE ${quoteIdentifier(name)} NO${attribute}`],
    })),
    ...compared(
      of,
      rows.filter(([kind]) => kind !== "attribute"),
    ),
  ];
  if (findings.length > 0) return findings;
  return [{ level: "ok", at, message: "It has the rights in Syncline's schema that it needs, and no others." }];
}

function compared(of: Judged, rows: readonly TextRow[]): readonly Told[] {
  const { role, name, schema, tables } = of;
  const at = `${role} ${name}`;
  const to = quoteIdentifier(name);
  const needed = neededRights[role].flatMap((grant) =>
    grant.name === "*" ? tables.map((table) => ({ ...grant, name: table })) : [grant],
  );
  const has = new Set(rows.map((row) => JSON.stringify(row)));
  const holds = ({ kind, name: on, right }: Grant, column: string) =>
    has.has(JSON.stringify([kind, on, column, right]));
  const missing = needed.flatMap((grant) => {
    if (grant.columns === undefined) return holds(grant, "") ? [] : [grant];
    const columns = grant.columns.filter((column) => !holds(grant, column) && !holds(grant, ""));
    return columns.length === 0 ? [] : [{ ...grant, columns }];
  });
  const surplus = rows.filter(([kind, on, column, right]) => {
    const same = needed.filter((grant) => grant.kind === kind && grant.name === on && grant.right === right);
    return !same.some(({ columns }) => columns === undefined || columns.includes(column ?? ""));
  });
  return [
    ...missing.map((grant) => ({
      level: "error" as const,
      ...{ at, message: `It lacks ${spelled(grant, schema)}.`, why: uses[role] },
      remedy: [`GRANT ${spelled(grant, schema)} TO ${to}`],
    })),
    ...joined(surplus).map((grant) => ({
      level: "warn" as const,
      ...{
        at,
        message: `It has ${spelled(grant, schema)}, by itself, by another role or as everybody.`,
        why: harm(role, grant),
      },
      remedy: [
        `REVOKE ${spelled(grant, schema)} FROM ${to}`,
        ...needed.filter((each) => isPartOf(each, grant)).map((each) => `GRANT ${spelled(each, schema)} TO ${to}`),
      ],
    })),
  ];
}

/** A right on columns, which goes with the right on the whole table. */
function isPartOf(part: Grant, whole: Grant): boolean {
  return (
    part.columns !== undefined &&
    whole.columns === undefined &&
    part.kind === whole.kind &&
    part.name === whole.name &&
    part.right === whole.right
  );
}

/** Columns of one right together. */
function joined(rows: readonly TextRow[]): readonly Grant[] {
  const grants = new Map<string, Grant>();
  for (const [kind, name, column, right] of rows) {
    const place = JSON.stringify([kind, name, right, column === ""]);
    const columns = column === "" ? undefined : [...(grants.get(place)?.columns ?? []), column ?? ""];
    const grant = { kind: kind as Grant["kind"], name: name ?? "", right: right ?? "" };
    grants.set(place, columns === undefined ? grant : { ...grant, columns });
  }
  return [...grants.values()];
}

function spelled({ kind, name, right, columns }: Grant, schema: string): string {
  if (kind === "SCHEMA") return `${right} ON SCHEMA ${schema}`;
  const what = `${schema}.${name}`;
  const given = columns === undefined ? right : `${right} (${columns.join(", ")})`;
  return `${given} ON ${kind === "SEQUENCE" ? `SEQUENCE ${what}` : what}`;
}

function harm(role: DatabaseRole, { kind, name, right }: Grant): string {
  if (kind === "SCHEMA" && right === "CREATE")
    return "Who may create there defines what Syncline's functions and operators mean.";
  if (right === "SELECT" && role === "reader") return "A template sends what stands there: keys of others, strategies.";
  if (right === "SELECT") return "Keys of customers and of orders stand there.";
  if (name === "operation" || name === "strategy_history")
    return "With it, what is kept of operators' actions can be forged.";
  if (name === "dispatcher") return "With it, all dispatch can be stopped.";
  if (name === "change") return "With it, others' recording can be made to fail, and changes can be taken away.";
  return "It does not need it, and what it writes there workers take for a fact.";
}
