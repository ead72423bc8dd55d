import { readFile } from "node:fs/promises";
import type pg from "pg";

export type RoleName = "owner" | "worker" | "reader" | "recorder" | "editor";

/** The roles of `sql/`, with names of the test's own: roles are the server's and not the database's. */
export interface GrantedRight {
  readonly what: string;
  readonly right: string;
}

/** What a role has been granted in the schema, as GRANT and REVOKE name it. */
export async function grantsOf(admin: pg.Pool, role: string): Promise<readonly GrantedRight[]> {
  const { rows } = await admin.query<GrantedRight>(
    `SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END || c.oid::regclass AS what, a.privilege_type AS right
       FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE a.grantee = $1::regrole AND c.relnamespace = 'syncline'::regnamespace
     UNION ALL
     SELECT c.oid::regclass::text, a.privilege_type || ' (' || t.attname || ')'
       FROM pg_class AS c JOIN pg_attribute AS t ON t.attrelid = c.oid AND NOT t.attisdropped, aclexplode(t.attacl) AS a WHERE a.grantee = $1::regrole
     UNION ALL
     SELECT 'SCHEMA ' || n.nspname, a.privilege_type FROM pg_namespace AS n, aclexplode(n.nspacl) AS a WHERE a.grantee = $1::regrole
     ORDER BY 1, 2`,
    [role],
  );
  return rows;
}

export interface Roles {
  readonly names: { readonly [Name in RoleName]: string };
  /** Runs a file of `sql/`, as a superuser. */
  run(file: "roles.sql" | "reading-login.sql"): Promise<void>;
  /** The URL of a login that is this role. */
  login(name: RoleName): string;
  drop(): Promise<void>;
}

export async function createRoles(admin: pg.Pool, url: string): Promise<Roles> {
  const suffix = new URL(url).pathname.slice(1);
  const nameOf = (name: string) => `role_${name}_${suffix}`;
  const all: readonly RoleName[] = ["owner", "worker", "reader", "recorder", "editor"];
  const run: Roles["run"] = async (file) => {
    const text = await readFile(new URL(`../../sql/${file}`, import.meta.url), "utf8");
    await admin.query(
      text.replaceAll(/\bsyncline_(owner|worker|reader|recorder|editor)\b/g, (_, name) => nameOf(name)),
    );
  };
  await run("roles.sql");
  for (const name of all) await admin.query(`ALTER ROLE ${nameOf(name)} LOGIN PASSWORD 'secret'`);
  return {
    names: Object.fromEntries(all.map((name) => [name, nameOf(name)])) as Roles["names"],
    run,
    login: (name) => {
      const own = new URL(url);
      own.username = nameOf(name);
      own.password = "secret";
      return own.href;
    },
    drop: async () => {
      const names = all.map(nameOf).join(", ");
      await admin.query(`DROP OWNED BY ${names} CASCADE; DROP ROLE ${names}`);
    },
  };
}
