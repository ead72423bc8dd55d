/** What the text of a statement says about its binds. */
export interface StatementText {
  readonly kind: "query" | "dml" | "block" | "other";
  /** In the order in which their values are sent: in SQL each occurrence is one, in a block each name. */
  readonly binds: readonly BindName[];
}

export interface BindName {
  readonly name: string;
  /** Given by RETURNING … INTO. */
  readonly returned: boolean;
}

const token = new RegExp(
  [
    "--[^\\n]*",
    String.raw`/\*[\s\S]*?\*/`,
    String.raw`[nN]?[qQ]'(?:\[[\s\S]*?\]'|\{[\s\S]*?\}'|\([\s\S]*?\)'|<[\s\S]*?>'|([^\s[{(<])[\s\S]*?\1')`,
    "'(?:[^']|'')*'",
    '"[^"]*"',
    String.raw`:\s*(?:"([^"]+)"|([\p{L}\d][\p{L}\d_$#]*))`,
    String.raw`[\p{L}][\p{L}\d_$#]*`,
  ].join("|"),
  "gu",
);

const kinds: ReadonlyMap<string, StatementText["kind"]> = new Map([
  ["SELECT", "query"],
  ["WITH", "query"],
  ["INSERT", "dml"],
  ["UPDATE", "dml"],
  ["DELETE", "dml"],
  ["MERGE", "dml"],
  ["DECLARE", "block"],
  ["BEGIN", "block"],
  ["CALL", "block"],
]);

export function readStatementText(sql: string): StatementText {
  let kind: StatementText["kind"] | undefined;
  let clause: "returning" | "into" | undefined;
  const binds: BindName[] = [];
  for (const [found, , quoted, plain] of sql.matchAll(token)) {
    const name = quoted ?? plain;
    if (name !== undefined) {
      if (kind === "block" && binds.some((bind) => sameName(bind.name, name))) continue;
      binds.push({ name, returned: clause === "into" });
    } else if (/^\p{L}/u.test(found) && !found.endsWith("'")) {
      const word = found.toUpperCase();
      kind ??= kinds.get(word) ?? "other";
      if (kind === "dml" && (word === "RETURNING" || word === "RETURN")) clause = "returning";
      else if (clause === "returning" && word === "INTO") clause = "into";
    }
  }
  // What stands behind a colon in DDL is part of a trigger's body.
  return kind === undefined || kind === "other" ? { kind: "other", binds: [] } : { kind, binds };
}

function sameName(one: string, other: string): boolean {
  return one.toUpperCase() === other.toUpperCase();
}
