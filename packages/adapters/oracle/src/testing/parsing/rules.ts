import type { Problem } from "./problem.ts";
import type { Word } from "./word.ts";

export interface LintedStatement {
  readonly text: string;
  readonly words: readonly Word[];
  readonly isPlsql: boolean;
}

/** What is wrong at a word; `undefined` if nothing. */
export type Rule = (statement: LintedStatement, at: number) => Problem | undefined;
