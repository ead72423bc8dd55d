import type { Word } from "./grammar.ts";

/**
 * Variables that are used where they are neither given nor declared yet, and parameters that
 * nothing uses. Blocks do not matter to SQL Server, the place does: a variable's scope begins where
 * its DECLARE has ended, so not even its own list may use it.
 */
export function variableProblems(words: readonly Word[], parameters: readonly string[]): readonly string[] {
  const given = new Set(parameters.map((name) => `@${name.toUpperCase()}`));
  const scopes = declared(words);
  const used = new Set<string>();
  const problems: string[] = [];
  words.forEach(({ kind, text, upper }, at) => {
    if (kind !== "variable" || upper.startsWith("@@") || isArgumentName(words, at)) return;
    const scope = scopes.get(upper);
    if (!given.has(upper) && scope === undefined) problems.push(`${text} is neither given nor declared`);
    else if (scope !== undefined && at < scope.from && !scope.names.has(at))
      problems.push(`${text} is used before its DECLARE`);
    used.add(upper);
  });
  for (const name of given) if (!used.has(name)) problems.push(`${name.toLowerCase()} is given and not used`);
  return problems;
}

interface Scope {
  /** The first word that may use the variable. */
  readonly from: number;
  /** Where the declaration itself names it. */
  readonly names: ReadonlySet<number>;
}

/** After DECLARE, after a comma in its list, and between a procedure's name and its body. */
function declared(words: readonly Word[]): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, Scope>();
  let depth = 0;
  let open: { readonly names: Map<string, number> } | undefined;
  const close = (from: number) => {
    for (const [name, at] of open?.names ?? []) {
      const known = scopes.get(name);
      scopes.set(name, { from: known?.from ?? from, names: new Set([...(known?.names ?? []), at]) });
    }
    open = undefined;
  };
  words.forEach(({ upper, kind, text }, at) => {
    depth += text === "(" ? 1 : text === ")" ? -1 : 0;
    const before = words[at - 1];
    if (upper === "DECLARE" || (upper === "PROCEDURE" && /^(CREATE|ALTER)$/.test(before?.upper ?? ""))) {
      close(at);
      open = { names: new Map() };
    } else if (open !== undefined && depth === 0 && endsDeclaration(words, at)) close(at);
    const first = before?.text === "," || before?.upper === "DECLARE" || isProcedureName(words, at - 1);
    if (open !== undefined && depth === 0 && kind === "variable" && first) open.names.set(upper, at);
  });
  close(words.length);
  return scopes;
}

/**
 * A DECLARE needs no semicolon before the next statement; the parameters of a procedure end before
 * its body.
 */
function endsDeclaration(words: readonly Word[], at: number): boolean {
  const { text = "", upper = "" } = words[at] ?? {};
  if (text === ";" || (upper === "AS" && words[at + 1]?.upper === "BEGIN")) return true;
  return /^(SELECT|SET|IF|WHILE|INSERT|UPDATE|DELETE|BEGIN|EXEC|EXECUTE|THROW|WITH)$/.test(upper);
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
