import type { OwnStatement } from "../sql/statement.ts";

/** `change: DELETE, SELECT`, in the order of the alphabet. */
export type Rights = readonly string[];

/** What statements do to which table of the schema, read from their texts. */
export function usedRights(statements: readonly OwnStatement[]): Rights {
  const found = new Map<string, Set<string>>();
  const use = (table: string | undefined, right: string) => {
    if (table !== undefined) found.set(table, (found.get(table) ?? new Set()).add(right));
  };
  for (const { text, bodies } of statements) {
    for (const piece of [text, ...(bodies ?? [])].flatMap((each) => each.split(";"))) {
      const aliases = new Map(
        [...piece.matchAll(/\[syncline\]\.(\w+) AS (\w+)/g)].map(([, table, alias]) => [alias, table]),
      );
      for (const [, verb, table] of piece.matchAll(
        /\b(INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN) \[syncline\]\.(\w+)/g,
      )) {
        use(table, verb === "FROM" || verb === "JOIN" ? "SELECT" : ((verb ?? "").split(" ")[0] ?? ""));
      }
      for (const [, procedure] of piece.matchAll(/\bEXEC \[syncline\]\.(\w+)/g)) use(procedure, "EXECUTE");
      // `DELETE FROM x WHERE` reads what it compares.
      if (/\b(DELETE FROM|UPDATE) \[syncline\]\.\w+[\s\S]*\bWHERE\b/.test(piece))
        use(/\b(?:DELETE FROM|UPDATE) \[syncline\]\.(\w+)/.exec(piece)?.[1], "SELECT");
      for (const [, verb, alias] of piece.matchAll(/\b(UPDATE|DELETE) (\w+)\b/g)) use(aliases.get(alias), verb ?? "");
    }
  }
  return rightsOf(found);
}

/** What a script grants to a role on objects of the schema. */
export function grantedRights(script: string, role: string): Rights {
  const found = new Map<string, Set<string>>();
  for (const [, rights = "", table = ""] of script.matchAll(
    new RegExp(`^GRANT ([A-Z, ]+) ON OBJECT::syncline\\.(\\w+) TO ${role};$`, "gm"),
  )) {
    found.set(table, new Set([...(found.get(table) ?? []), ...rights.split(", ")]));
  }
  return rightsOf(found);
}

function rightsOf(found: ReadonlyMap<string, ReadonlySet<string>>): Rights {
  return [...found].map(([table, rights]) => `${table}: ${[...rights].sort().join(", ")}`).sort();
}
