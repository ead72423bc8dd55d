import type { Word } from "./grammar.ts";

/**
 * What a name stands for is settled by SQL Server alone where it is a function without a schema,
 * since those of users must be called with one; a system type, which comes before any other of its
 * name; a variable, or what the statement itself declares. Tables, views and procedures without a
 * schema are looked for in the caller's own schema first, and then in dbo: whoever may create
 * objects there would choose what we read.
 */
const builtIn: ReadonlySet<string> = new Set(
  `CAST CEILING CHARINDEX CHECKSUM COALESCE COLLATIONPROPERTY CONVERT COUNT COUNT_BIG DATABASEPROPERTYEX DATEADD DATEDIFF_BIG DB_ID DB_NAME HAS_PERMS_BY_NAME IDENT_CURRENT
   IS_MEMBER IS_ROLEMEMBER IS_SRVROLEMEMBER ISJSON ISNULL JSON_VALUE LEFT MAX MIN ORIGINAL_LOGIN SCHEMA_ID SESSION_CONTEXT SESSIONPROPERTY SUM SUSER_SNAME SYSUTCDATETIME
   TRY_CONVERT USER_NAME DATALENGTH OBJECT_ID QUOTENAME SYSDATETIME`.split(/\s+/),
);

/** They stand before a parenthesis, too. */
const syntax: ReadonlySet<string> = new Set(
  `AND APPLY AS CHECK CLUSTERED EXISTS FROM IN INDEX JOIN KEY NOT NVARCHAR OR SELECT SET TABLE TOP UPDATE VALUES VARBINARY VARCHAR DATETIME2
   WITH ON WHEN THEN ELSE BY RETURN DECIMAL OVER`.split(/\s+/),
);

/**
 * A rowset function that no function of a user stands behind, from the compatibility level 130 on:
 * below it, nothing of ours works.
 */
const rowsets: ReadonlySet<string> = new Set(["OPENJSON"]);

const takesTable = new Set(["FROM", "JOIN", "INTO", "UPDATE", "EXEC", "EXECUTE", "REFERENCES"]);

/** Names without a schema that somebody else may give a meaning. */
export function unqualifiedNames(words: readonly Word[]): readonly string[] {
  const own = new Set(["INSERTED", "DELETED", ...declaredNames(words)]);
  return words.flatMap((word, at) => {
    const before = words[at - 1];
    const called = words[at + 1]?.text === "(" && word.kind === "other" && /^\w+$/.test(word.text);
    if (called && before?.text !== "." && !isTableName(words, at) && before?.upper !== "AS") {
      const known = builtIn.has(word.upper) || syntax.has(word.upper) || rowsets.has(word.upper) || own.has(word.upper);
      if (!known && before?.upper !== "INDEX") return [`${word.text}(`];
    }
    return isTableName(words, at) && !isKnownTable(words, at, own) ? [word.text] : [];
  });
}

function isTableName(words: readonly Word[], at: number): boolean {
  const before = words[at - 1]?.upper ?? "";
  const isNamed = /^[\w[]/.test(words[at]?.text ?? "") && !/^\d/.test(words[at]?.text ?? "");
  if (!isNamed) return false;
  // EXEC @result = procedure
  if (words[at - 1]?.text === "=" && words[at - 2]?.kind === "variable" && /^EXEC/.test(words[at - 3]?.upper ?? ""))
    return true;
  return takesTable.has(before) && !(before === "UPDATE" && words[at - 2]?.text === ",");
}

function isKnownTable(words: readonly Word[], at: number, own: ReadonlySet<string>): boolean {
  const word = words[at] as Word;
  if (words[at + 1]?.text === ".") return true;
  return rowsets.has(word.upper) || own.has(word.upper) || syntax.has(word.upper);
}

/** Aliases, and the names of WITH. */
function declaredNames(words: readonly Word[]): readonly string[] {
  return words.flatMap((word, at) => {
    if (word.upper !== "AS") return [];
    const before = words[at - 1];
    const after = words[at + 1];
    return after?.text === "(" ? [before?.upper ?? ""] : [after?.upper ?? ""];
  });
}
