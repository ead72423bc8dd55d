import { type Problem, problem } from "./problem.ts";
import type { LintedStatement } from "./rules.ts";

/** What shows only in a statement as a whole. */
export function wholeProblems(statement: LintedStatement, binds: readonly string[] | undefined): readonly Problem[] {
  return [...endProblems(statement), ...variableProblems(statement), ...bindProblems(statement, binds)];
}

function endProblems({ words, isPlsql }: LintedStatement): readonly Problem[] {
  const last = words.at(-1);
  const offset = last?.offset ?? 0;
  if (isPlsql && last?.text !== ";") return [problem(6550, "PLS-00103: a block ends with a semicolon", offset)];
  return !isPlsql && (last?.text === ";" || last?.text === "/")
    ? [problem(933, "SQL command not properly ended", offset)]
    : [];
}

/** By our own habit, a block's variables begin with `l_` and a cursor's parameters with `p_`. */
function variableProblems({ words, isPlsql }: LintedStatement): readonly Problem[] {
  if (!isPlsql) return [];
  const uses = new Map<string, number>();
  const declared = new Set<string>();
  for (const [at, { upper, offset }] of words.entries()) {
    if (!/^[LP]_/.test(upper)) continue;
    const declares = /^(;|DECLARE|IS|,|\()$/.test(words[at - 1]?.upper ?? "") && isType(words[at + 1]?.upper);
    if (declares) declared.add(upper);
    else uses.set(upper, offset);
  }
  const unknown = [...uses].filter(([name]) => !declared.has(name));
  const unused = [...declared].filter((name) => !uses.has(name));
  return [
    ...unknown.map(([name, offset]) => problem(6550, `PLS-00201: identifier '${name}' must be declared`, offset)),
    ...unused.map((name) => problem(undefined, `${name} is declared and not used`, 0)),
  ];
}

function isType(word: string | undefined): boolean {
  return (
    word !== undefined && /^[A-Z]\w*$/.test(word) && !/^(IN|AND|OR|IS|LOOP|THEN|LIMIT|BULK|WHERE|BETWEEN)$/.test(word)
  );
}

function bindProblems({ words, isPlsql }: LintedStatement, listed: readonly string[] | undefined): readonly Problem[] {
  if (listed === undefined) return [];
  // A trigger's :OLD and :NEW are no binds.
  const isTrigger = isPlsql && words[0]?.upper === "CREATE";
  const used = new Set(words.filter(({ kind }) => kind === "bind" && !isTrigger).map(({ text }) => text.slice(1)));
  return [
    ...[...used].filter((name) => !listed.includes(name)).map((name) => problem(1008, `:${name} is not bound`, 0)),
    ...listed.filter((name) => !used.has(name)).map((name) => problem(1036, `:${name} is bound and not used`, 0)),
  ];
}
