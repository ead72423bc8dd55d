import type { Word } from "./grammar.ts";

/**
 * Variables that are used and neither given nor declared (in the whole of a batch: SQL Server does not care for blocks), and
 * parameters that nothing uses.
 */
export function variableProblems(words: readonly Word[], parameters: readonly string[]): readonly string[] {
  const given = new Set(parameters.map((name) => `@${name.toUpperCase()}`));
  const known = new Set([...given, ...declared(words)]);
  const used = new Set<string>();
  const problems: string[] = [];
  words.forEach(({ kind, text, upper }, at) => {
    if (kind !== "variable" || upper.startsWith("@@") || isArgumentName(words, at)) return;
    if (!known.has(upper)) problems.push(`${text} is neither given nor declared`);
    used.add(upper);
  });
  for (const name of given) if (!used.has(name)) problems.push(`${name.toLowerCase()} is given and not used`);
  return problems;
}

/** After DECLARE, after a comma in its list, and between a procedure's name and its body. */
function declared(words: readonly Word[]): readonly string[] {
  const names: string[] = [];
  let depth = 0;
  let declaring = false;
  words.forEach(({ upper, kind, text }, at) => {
    depth += text === "(" ? 1 : text === ")" ? -1 : 0;
    if (upper === "DECLARE" || (upper === "PROCEDURE" && words[at - 1]?.upper === "CREATE")) declaring = true;
    else if (text === ";" || (upper === "AS" && declaring && words[at + 1]?.upper === "BEGIN")) declaring = false;
    const before = words[at - 1];
    const first = before?.text === "," || before?.upper === "DECLARE" || isProcedureName(words, at - 1);
    if (declaring && depth === 0 && kind === "variable" && first) names.push(upper);
  });
  return names;
}

function isProcedureName(words: readonly Word[], at: number): boolean {
  return words.slice(Math.max(0, at - 3), at).some(({ upper }) => upper === "PROCEDURE");
}

/** `EXEC some_procedure @argument = …`: the procedure's own name for it. */
function isArgumentName(words: readonly Word[], at: number): boolean {
  const [before, sign] = [words[at - 1], words[at + 1]];
  if (sign?.text !== "=") return false;
  for (let index = at - 1; index >= 0; index--) {
    const { text = "", upper = "" } = words[index] ?? {};
    if (text === ";" || /^(SELECT|SET|WHERE|UPDATE|IF|WHILE|DECLARE|ON|AND)$/.test(upper)) return false;
    if (/^EXEC(UTE)?$/.test(upper)) return before !== words[index];
  }
  return false;
}
