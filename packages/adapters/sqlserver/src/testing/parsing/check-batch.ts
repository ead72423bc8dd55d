import { parseBatch } from "./grammar.ts";
import { treeProblems } from "./tree-rules.ts";
import { variableProblems } from "./variable-rules.ts";
import { wordProblems } from "./word-rules.ts";

/**
 * What is wrong with a batch of Transact-SQL, as far as its text shows: the grammar of grammars-v4 (by way of antlr4ts-sql,
 * the only one on npm that takes all that the adapter sends), and rules of our own for what that grammar lets pass.
 *
 * What it cannot know: whether names exist, whether types fit together, how many columns a SELECT has beside its INSERT, what
 * a plan looks like, and what locks. Only a server knows.
 */
export function checkBatch(text: string, parameters: readonly string[] = []): readonly string[] {
  const { errors, words, tree } = parseBatch(text);
  return [...errors, ...treeProblems(tree), ...wordProblems(words), ...variableProblems(words, parameters)];
}
