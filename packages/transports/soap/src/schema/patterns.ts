import { compile } from "xspattern";

/**
 * A test by an expression of XML Schema, which always means the whole value; `undefined` for one
 * that is none, or too large: the server judges.
 */
export function patternOf(expression: string): ((text: string) => boolean) | undefined {
  const size = sizeOf(expression);
  if (size === undefined || size > mostStates) return undefined;
  try {
    const simple = simpleOf(expression);
    if (simple !== undefined) return (text) => simple.test(text);
    const matches = compile(expression, { language: "xsd" });
    return (text) => text.length > longest || matches(text);
  } catch {
    return undefined;
  }
}

// xspattern writes counts out, each as a state of its machine.
const mostStates = 2_000;
// It steps through a text, some microseconds a character: longer ones are the server's to judge.
const longest = 10_000;

/**
 * JavaScript's own expressions are ten times as quick, and mean the same where nothing but
 * characters, classes and counts is used: no repetition of a repetition, which may take for ever.
 */
function simpleOf(expression: string): RegExp | undefined {
  const isOther = /\(\?|\\[^d.\\?*+{}()[\]|-]|-\[/.test(expression) || /[\^$]/.test(expression.replaceAll("[^", "["));
  if (isOther || isNested(expression) || repetitionsOf(expression) > 1) return undefined;
  const source = tokensOf(expression)
    .map((token) => (token === "." ? "[^\\n\\r]" : token.replaceAll("\\d", "\\p{Nd}")))
    .join("");
  try {
    return new RegExp(`^(?:${source})$`, "u");
  } catch {
    return undefined;
  }
}

/** Each multiplies the ways in which a long text may not match. */
function repetitionsOf(expression: string): number {
  return tokensOf(expression).filter((token) => /^(?:[*+]$|\{\d+,(?:\}|\d{2,}))/.test(token)).length;
}

function isNested(expression: string): boolean {
  const open: boolean[] = [false];
  let inClass = false;
  const characters = [...expression.replace(/\\./gsu, "e")];
  for (const [index, character] of characters.entries()) {
    if (inClass) inClass = character !== "]";
    else if (character === "[") inClass = true;
    else if (character === "(") open.push(false);
    else if (/[*+{|]/.test(character)) open[open.length - 1] = true;
    else if (character === ")") {
      const varies = open.pop() ?? false;
      if (varies && /[*+{]/.test(characters[index + 1] ?? "")) return true;
      if (varies) open[open.length - 1] = true;
    }
  }
  return false;
}

/**
 * Its escapes, classes with what they leave out, and counts, each as one; other characters by
 * themselves. What is never closed is one with all that follows, and no expression.
 */
function tokensOf(expression: string): readonly string[] {
  const characters = [...expression];
  const tokens: string[] = [];
  for (let at = 0; at < characters.length; ) {
    const end = endOf(characters, at);
    tokens.push(characters.slice(at, end).join(""));
    at = end;
  }
  return tokens;
}

function endOf(characters: readonly string[], at: number): number {
  if (characters[at] === "\\") return at + 2;
  if (characters[at] === "{") return characters.indexOf("}", at) + 1 || characters.length;
  if (characters[at] !== "[") return at + 1;
  let depth = 0;
  for (let next = at; next < characters.length; next += 1) {
    if (characters[next] === "\\") next += 1;
    else if (characters[next] === "[") depth += 1;
    else if (characters[next] === "]") depth -= 1;
    if (depth === 0) return next + 1;
  }
  return characters.length;
}

/** How many characters it is when all counts are written out; `undefined` if it is no expression. */
function sizeOf(expression: string): number | undefined {
  const open = [0];
  let last = 0;
  for (const token of tokensOf(expression)) {
    if (token === "(") open.push(0);
    else if (token === ")") {
      last = open.pop() ?? 0;
      if (open.length === 0) return undefined;
      open[open.length - 1] = (open.at(-1) ?? 0) + last;
    } else if (token.startsWith("{")) {
      const times = Math.max(...token.slice(1, -1).split(",").map(Number), 1);
      open[open.length - 1] = (open.at(-1) ?? 0) + last * (times - 1);
      if (Number.isNaN(times)) return undefined;
    } else {
      last = 1;
      open[open.length - 1] = (open.at(-1) ?? 0) + 1;
    }
  }
  return open.length === 1 ? open[0] : undefined;
}
