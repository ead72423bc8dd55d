import { problem } from "./problem.ts";
import type { Rule } from "./rules.ts";
import { around, has } from "./word.ts";

/** What FOR UPDATE cannot be combined with, which the grammar takes. */
export const lockRules: readonly Rule[] = [
  function lockedTwice({ words }, at) {
    if (!isForUpdate(words, at)) return undefined;
    const { before } = around(words, at);
    const offset = words[at]?.offset ?? 0;
    const limited = before.some(
      ({ upper }, index) => upper === "FETCH" && /^(FIRST|NEXT)$/.test(before[index + 1]?.upper ?? ""),
    );
    if (limited) return problem(2014, "cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.", offset);
    if (has(before, "UNION", "INTERSECT", "MINUS"))
      return problem(2014, "cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.", offset);
    if (has(before, "DISTINCT", "GROUP"))
      return problem(1786, "FOR UPDATE of this query expression is not allowed", offset);
    return undefined;
  },
  function lockedView({ words }, at) {
    if (!isForUpdate(words, at)) return undefined;
    const { before } = around(words, at);
    const isView = before.some(({ upper }, index) => upper === "FROM" && before[index + 1]?.text === "(");
    return isView ? problem(2014, "cannot select FOR UPDATE from a view in line", words[at]?.offset ?? 0) : undefined;
  },
  function lockedSubquery({ words, isPlsql }, at) {
    const depth = words[at]?.depth ?? 0;
    if (!isForUpdate(words, at) || depth === 0) return undefined;
    const close = words.findIndex((word, index) => index > at && word.depth < depth);
    // The query of a loop's rows stands in parentheses, too.
    if (isPlsql && words[close + 1]?.upper === "LOOP") return undefined;
    return problem(907, "missing right parenthesis", words[at]?.offset ?? 0);
  },
  function lockWait({ words }, at) {
    const isBind = words[at]?.upper === "WAIT" && words[at + 1]?.kind === "bind";
    return isBind ? problem(30005, "missing or invalid WAIT interval", words[at + 1]?.offset ?? 0) : undefined;
  },
  function counted({ words }, at) {
    if (!isForUpdate(words, at)) return undefined;
    const { before, after } = around(words, at);
    if (!has(before, "ROWNUM") || !has(after, "SKIP")) return undefined;
    return problem(
      undefined,
      "ROWNUM counts rows before locked ones are skipped: another worker finds none",
      words[at]?.offset ?? 0,
    );
  },
];

function isForUpdate(words: Parameters<Rule>[0]["words"], at: number): boolean {
  return words[at]?.upper === "FOR" && words[at + 1]?.upper === "UPDATE";
}
