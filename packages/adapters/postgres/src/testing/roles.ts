import { readFile } from "node:fs/promises";
import type pg from "pg";

export type RoleName = "owner" | "worker" | "reader" | "recorder" | "editor";

/** The roles of `sql/`, with names of the test's own: roles are the server's and not the database's. */
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
