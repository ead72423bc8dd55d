import { reservedWords } from "../../source/reserved-words.ts";
import { problem } from "./problem.ts";
import type { Rule } from "./rules.ts";
import { around, has } from "./word.ts";

const longestName = 30;
const mostListed = 1_000;

/** Names, lengths, and values that Oracle understands in its own way. */
export const valueRules: readonly Rule[] = [
  function bindName({ words }, at) {
    const { kind, upper = "", offset = 0 } = words[at] ?? {};
    const isReserved = kind === "bind" && reservedWords.has(upper.slice(1));
    return isReserved ? problem(1745, `invalid host/bind variable name ${upper}`, offset) : undefined;
  },
  function columnName({ words, isPlsql }, at) {
    const { kind, upper = "", offset = 0 } = words[at] ?? {};
    if (kind !== "other" || words[at - 1]?.text !== "." || !reservedWords.has(upper)) return undefined;
    // Collections have methods, and tables have these.
    const known = upper === "ROWID" || (isPlsql && upper === "DELETE");
    return known ? undefined : problem(1747, `invalid user.table.column: ${upper} is reserved`, offset);
  },
  function newColumn({ words }, at) {
    if (words[0]?.upper !== "CREATE" || words[1]?.upper !== "TABLE" || words[at]?.depth !== 1) return undefined;
    const { kind, upper = "", offset = 0 } = words[at] ?? {};
    const starts = words[at - 1]?.text === "(" || (words[at - 1]?.text === "," && words[at - 1]?.depth === 1);
    if (kind !== "other" || !starts || !reservedWords.has(upper) || /^(CHECK|UNIQUE)$/.test(upper)) return undefined;
    return problem(904, `${upper}: invalid identifier`, offset);
  },
  function nameLength({ words }, at) {
    const { kind, text = "", offset = 0 } = words[at] ?? {};
    if (kind !== "other" || !/^[A-Za-z]/.test(text) || Buffer.byteLength(text) <= longestName) return undefined;
    return problem(972, `identifier is too long before 12.2: ${text}`, offset);
  },
  function typeLength({ words, isPlsql }, at) {
    const { upper = "", offset = 0 } = words[at] ?? {};
    const given = words[at + 1]?.text === "(" ? Number(words[at + 2]?.text) : Number.NaN;
    const [most, number] =
      { VARCHAR2: [isPlsql ? 32_767 : 4_000, 910], RAW: [2_000, 910], NUMBER: [38, 1727], TIMESTAMP: [9, 30088] }[
        upper
      ] ?? [];
    return most !== undefined && number !== undefined && given > most
      ? problem(number, `${upper}(${given}) is longer than ${most}`, offset)
      : undefined;
  },
  function listLength({ words }, at) {
    if (words[at]?.upper !== "IN" || words[at + 1]?.text !== "(") return undefined;
    const listed = around(words, at + 2).after.filter(({ text }) => text === ",").length + 1;
    return listed > mostListed
      ? problem(1795, `maximum number of expressions in a list is ${mostListed}`, words[at]?.offset ?? 0)
      : undefined;
  },
  function emptyText({ words }, at) {
    const isEmpty = words[at]?.text === "''" && /^(=|<>|!=|<|>)$/.test(words[at - 1]?.text ?? "");
    return isEmpty ? problem(undefined, "'' is NULL, and nothing compares with it", words[at]?.offset ?? 0) : undefined;
  },
  function countedBeforeOrder({ words }, at) {
    if (words[at]?.upper !== "ROWNUM") return undefined;
    const { after } = around(words, at);
    return has(after, "ORDER")
      ? problem(undefined, "ROWNUM counts rows before they are ordered", words[at]?.offset ?? 0)
      : undefined;
  },
];
