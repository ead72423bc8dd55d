import { problem } from "./problem.ts";
import type { Rule } from "./rules.ts";
import { around, has } from "./word.ts";

/** Functions and types of other dialects, and of 23ai alone. */
const foreign: ReadonlyMap<string, number> = new Map([
  ...["NOW", "IFNULL", "ISNULL", "GETDATE", "LEN", "DATEADD", "STRING_AGG", "GEN_RANDOM_UUID", "SUBSTRING", "LEFT"].map(
    (name) => [`${name}(`, 904] as const,
  ),
  ...["SERIAL", "BIGINT", "TEXT", "DATETIME", "NVARCHAR", "UUID", "BOOL", "TINYINT"].map(
    (name) => [name, 902] as const,
  ),
  ...["ILIKE", "AUTO_INCREMENT", "CONFLICT"].map((name) => [name, 933] as const),
]);

const units = new Set(["DAY", "HOUR", "MINUTE", "SECOND", "MONTH", "YEAR"]);

/** What the grammar takes for a name or an alias, or by mistake. */
export const dialectRules: readonly Rule[] = [
  function foreignWord({ words }, at) {
    const { upper = "", kind, offset = 0 } = words[at] ?? {};
    const before = words[at - 1];
    if (kind !== "other" || before?.text === "." || words[at + 1]?.text === ".") return undefined;
    const called = words[at + 1]?.text === "(" ? foreign.get(`${upper}(`) : undefined;
    // As a type it follows a name.
    const follows = before?.kind === "other" && /^\w+$/.test(before.text) && before.upper !== "AS";
    const number = called ?? (follows ? foreign.get(upper) : undefined);
    return number === undefined ? undefined : problem(number, `"${upper}" is no Oracle`, offset);
  },
  function truth({ words, isPlsql }, at) {
    const { upper = "", offset = 0 } = words[at] ?? {};
    const isTruth = !isPlsql && (upper === "TRUE" || upper === "FALSE");
    return isTruth ? problem(904, `"${upper}": invalid identifier`, offset) : undefined;
  },
  function rowLimit({ words }, at) {
    if (words[at]?.upper !== "LIMIT" || !/^(number|bind)$/.test(words[at + 1]?.kind ?? "")) return undefined;
    return has(around(words, at).before, "COLLECT")
      ? undefined
      : problem(933, "SQL command not properly ended", words[at]?.offset ?? 0);
  },
  function bulkInSql({ words, isPlsql }, at) {
    const isBulk = !isPlsql && words[at]?.upper === "BULK" && words[at + 1]?.upper === "COLLECT";
    return isBulk ? problem(923, "FROM keyword not found where expected", words[at]?.offset ?? 0) : undefined;
  },
  function returning({ words }, at) {
    if (words[at]?.upper !== "RETURNING" || words[at]?.depth !== 0) return undefined;
    return has(around(words, at).after, "INTO")
      ? undefined
      : problem(925, "missing INTO keyword", words[at]?.offset ?? 0);
  },
  function fromNowhere({ words }, at) {
    if (words[at]?.upper !== "SELECT" || words[at]?.kind !== "other") return undefined;
    const { after } = around(words, at);
    const next = after.findIndex(({ upper }) => /^(UNION|INTERSECT|MINUS)$/.test(upper));
    return has(next === -1 ? after : after.slice(0, next), "FROM")
      ? undefined
      : problem(923, "FROM keyword not found where expected", words[at]?.offset ?? 0);
  },
  function starAndMore({ words }, at) {
    const isStar = words[at]?.text === "*" && words[at - 1]?.upper === "SELECT" && words[at + 1]?.text === ",";
    return isStar ? problem(923, "FROM keyword not found where expected", words[at]?.offset ?? 0) : undefined;
  },
  function severalRows({ words }, at) {
    if (words[at]?.upper !== "VALUES" || words[at + 1]?.text !== "(") return undefined;
    const close = words.findIndex(
      (word, index) => index > at + 1 && word.depth === words[at]?.depth && word.text === ")",
    );
    return words[close + 1]?.text === ","
      ? problem(933, "SQL command not properly ended", words[close + 1]?.offset ?? 0)
      : undefined;
  },
  function tableAlias({ words }, at) {
    const { upper, kind, offset = 0 } = words[at] ?? {};
    if (upper !== "AS" || kind !== "other" || words[at + 1]?.upper === "OF") return undefined;
    const clause = around(words, at).before.findLast((word) =>
      /^(SELECT|FROM|JOIN|APPLY|WHERE|SET|ON|WITH|UPDATE|INTO|USING|CREATE|GROUP|ORDER)$/.test(word.upper),
    );
    return /^(FROM|JOIN|APPLY|UPDATE|INTO|USING)$/.test(clause?.upper ?? "")
      ? problem(933, "SQL command not properly ended: no AS before the alias of a table", offset)
      : undefined;
  },
  function interval({ words }, at) {
    if (words[at]?.upper !== "INTERVAL" || words[at + 1]?.kind !== "text") return undefined;
    return units.has(words[at + 2]?.upper ?? "")
      ? undefined
      : problem(30089, "missing or invalid <datetime field>", words[at + 1]?.offset ?? 0);
  },
  function jsonTable({ words }, at) {
    if (words[at]?.upper !== "JSON_TABLE" || words[at + 1]?.text !== "(") return undefined;
    return has(around(words, at + 2).after, "COLUMNS")
      ? undefined
      : problem(907, "missing right parenthesis: JSON_TABLE has no COLUMNS", words[at]?.offset ?? 0);
  },
  function ifExists({ words }, at) {
    const isNew = words[at]?.upper === "IF" && /^(NOT|EXISTS)$/.test(words[at + 1]?.upper ?? "");
    return isNew && /^(CREATE|DROP)$/.test(words[0]?.upper ?? "") && at < 4
      ? problem(922, "missing or invalid option: IF EXISTS came with 23ai", words[at]?.offset ?? 0)
      : undefined;
  },
];
