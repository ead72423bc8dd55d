/**
 * Characters of a strategy's names and texts together: a template of 100,000 and options of as much
 * again.
 */
export const mostCharacters = 262_144;
const mostValues = 5_000;
const mostLevels = 20;

/**
 * Why a definition is too large to be looked at, in a sentence; `undefined` if it is not. Whoever
 * writes it should not be able to keep every worker busy: 5 MB of unknown options took 35 s to tell
 * what was wrong with each.
 */
export function sizeProblem(definition: unknown): string | undefined {
  const waiting: (readonly [value: unknown, level: number])[] = [[definition, 1]];
  let characters = 0;
  let values = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [value, level] = next;
    if (typeof value === "string") characters += value.length;
    if (characters > mostCharacters) return `It holds more than ${mostCharacters} characters.`;
    // What lies deeper is refused by the options' own check, which does not look at it.
    if (typeof value !== "object" || value === null || level > mostLevels) continue;
    const entries = Object.entries(value);
    values += entries.length;
    if (values > mostValues) return `It holds more than ${mostValues} values.`;
    for (const [name, inner] of entries) {
      if (!Array.isArray(value)) characters += name.length;
      waiting.push([inner, level + 1]);
    }
  }
  return undefined;
}
