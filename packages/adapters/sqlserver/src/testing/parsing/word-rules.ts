import type { Word } from "./grammar.ts";

/** What is wrong at a word; `undefined` if nothing. */
type WordRule = (words: readonly Word[], at: number) => string | undefined;

const isName = (word: Word | undefined) => word !== undefined && /^[A-Z_[]/.test(word.upper) && word.kind !== "text";

/** Words of other dialects that the grammar takes for names. */
const foreign: ReadonlySet<string> = new Set([
  ...["LIMIT", "RETURNING", "LATERAL", "ILIKE", "TRUE", "FALSE", "INTERVAL", "SERIAL", "ROWNUM", "SYSDATE", "DUAL"],
  ...["CURRENT_DATE", "BOOLEAN", "TEXT"],
]);

/** Functions of other dialects, and those that came after SQL Server 2016. */
const unknownFunctions: ReadonlySet<string> = new Set([
  ...["NOW", "NVL", "IFNULL", "LENGTH", "SUBSTR", "TO_CHAR", "TO_DATE", "GEN_RANDOM_UUID", "CHR", "LISTAGG"],
  ...["STRING_AGG", "TRIM", "CONCAT_WS", "TRANSLATE"],
  ...[
    "GREATEST",
    "LEAST",
    "DATETRUNC",
    "DATE_BUCKET",
    "GENERATE_SERIES",
    "JSON_OBJECT",
    "JSON_ARRAY",
    "JSON_PATH_EXISTS",
  ],
]);

const settings: ReadonlySet<string> = new Set([
  ...["NOCOUNT", "XACT_ABORT", "ANSI_NULLS", "ANSI_WARNINGS", "ARITHABORT", "QUOTED_IDENTIFIER", "LOCK_TIMEOUT"],
  "IMPLICIT_TRANSACTIONS",
  ...["ROWCOUNT", "DEADLOCK_PRIORITY", "DATEFIRST", "LANGUAGE"],
]);

const globals: ReadonlySet<string> = new Set([
  ...["@@ROWCOUNT", "@@TRANCOUNT", "@@ERROR", "@@PROCID", "@@SPID", "@@IDENTITY", "@@NESTLEVEL", "@@VERSION"],
]);

const rules: readonly WordRule[] = [
  function foreignWord(words, at) {
    const word = words[at];
    if (word?.kind !== "other" || !foreign.has(word.upper) || words[at - 1]?.text === ".") return undefined;
    return `${word.text} is no Transact-SQL`;
  },
  function foreignSign(words, at) {
    const { text = "" } = words[at] ?? {};
    if (text === "||") return "|| does not concatenate";
    if (text === "$") return "parameters are @named";
    return text === ":" && words[at + 1]?.text === ":" ? ":: is no cast" : undefined;
  },
  function unknownFunction(words, at) {
    const { upper = "" } = words[at] ?? {};
    return words[at + 1]?.text === "(" && words[at - 1]?.text !== "." && unknownFunctions.has(upper)
      ? `SQL Server 2016 has no ${upper}()`
      : undefined;
  },
  function literalPath(words, at) {
    if (words[at]?.upper !== "JSON_VALUE") return undefined;
    let depth = 0;
    for (let index = at + 1; index < words.length; index++) {
      const { text = "" } = words[index] ?? {};
      depth += text === "(" ? 1 : text === ")" ? -1 : 0;
      if (depth === 1 && text === ",") {
        const isLiteral = words[index + 1]?.kind === "text" && words[index + 2]?.text === ")";
        return isLiteral ? undefined : "before SQL Server 2017 the path of JSON_VALUE is a literal";
      }
    }
    return "JSON_VALUE without a path";
  },
  function knownSetting(words, at) {
    const [set, name, value] = words.slice(at, at + 3);
    if (set?.upper !== "SET" || name?.kind === "variable" || words[at - 1]?.upper === "UPDATE") return undefined;
    if (value === undefined || /^(=|\.|\+)$/.test(value.text) || name?.upper === "(" || name?.upper === "TRANSACTION")
      return undefined;
    if (!settings.has(name?.upper ?? "")) return `there is no setting ${name?.text}`;
    const isNegative = value.text === "-" && words[at + 3]?.kind === "number";
    return value.kind === "number" || isNegative || /^(ON|OFF|LOW|NORMAL|HIGH)$/.test(value.upper)
      ? undefined
      : `SET ${name?.text} ${value.text} is neither ON nor OFF`;
  },
  function throwApart(words, at) {
    if (words[at]?.upper !== "THROW") return undefined;
    const before = words[at - 1];
    if (before !== undefined && /^(TRAN|TRANSACTION|COMMIT|ROLLBACK|WORK)$/.test(before.upper))
      return "a THROW after a statement without ; is taken for a name";
    const [, first, , second, , third] = words.slice(at, at + 6);
    if (first === undefined || first.text === ";" || first.upper === "END") return undefined;
    return second?.kind === "text" || second?.kind === "variable"
      ? third?.kind === "number"
        ? undefined
        : "THROW takes a number, a message and a state"
      : "THROW takes a number, a message and a state";
  },
  function withApart(words, at) {
    const [word, name, as, open] = words.slice(at, at + 4);
    if (word?.upper !== "WITH" || !isName(name) || as?.upper !== "AS" || open?.text !== "(") return undefined;
    return at === 0 || words[at - 1]?.text === ";" ? undefined : "WITH needs a ; before it";
  },
  function transactionApart(words, at) {
    const [verb, object, name] = words.slice(at, at + 3);
    if (!/^(COMMIT|ROLLBACK)$/.test(verb?.upper ?? "") || verb?.kind !== "other") return undefined;
    if (object !== undefined && !/^(TRANSACTION|TRAN|WORK|;|END)$/.test(object.upper))
      return `${verb?.text} ${object.text} ends no transaction`;
    return isName(name) && object?.text !== ";" && !/^(END|BEGIN|THROW)$/.test(name?.upper ?? "")
      ? `${verb?.text} names a savepoint: ${name?.text}`
      : undefined;
  },
  function knownGlobal(words, at) {
    const { text = "", upper = "" } = words[at] ?? {};
    return text.startsWith("@@") && !globals.has(upper) ? `there is no ${text}` : undefined;
  },
];

export function wordProblems(words: readonly Word[]): readonly string[] {
  return words.flatMap((_, at) => rules.flatMap((rule) => rule(words, at) ?? []));
}
