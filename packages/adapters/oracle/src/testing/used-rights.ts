/** `change: DELETE, SELECT`, in the order of the alphabet. */
export type Rights = readonly string[];

/**
 * What statements do to which table, read from their texts. With SQL92_SECURITY, a change with a
 * WHERE reads as well.
 */
export function usedRights(texts: readonly string[]): Rights {
  const found = new Map<string, Set<string>>();
  const use = (table: string, right: string) => found.set(table, (found.get(table) ?? new Set()).add(right));
  for (const text of texts) {
    for (const piece of text.split(";")) {
      for (const [, verb = "", table = ""] of piece.matchAll(
        /\b(INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN)\s+syncline_(\w+)/g,
      )) {
        const right = verb === "FROM" || verb === "JOIN" ? "SELECT" : (verb.split(" ")[0] ?? "");
        use(table, right);
        if (right === "UPDATE" || right === "DELETE") use(table, "SELECT");
      }
    }
  }
  return rightsOf(found);
}

/** What a script grants to a role on tables of the owner. A list of columns counts as its table. */
export function grantedRights(script: string, role: string): Rights {
  const found = new Map<string, Set<string>>();
  const grant = new RegExp(`^GRANT ([A-Z, ]+)(?: \\([a-z, ]+\\))? ON syncline\\.syncline_(\\w+) TO ${role};$`, "gm");
  for (const [, rights = "", table = ""] of script.matchAll(grant))
    found.set(table, new Set([...(found.get(table) ?? []), ...rights.split(", ")]));
  return rightsOf(found);
}

function rightsOf(found: ReadonlyMap<string, ReadonlySet<string>>): Rights {
  return [...found].map(([table, rights]) => `${table}: ${[...rights].sort().join(", ")}`).sort();
}
