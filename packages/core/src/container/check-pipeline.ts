import { isSynclineError } from "../model/errors.ts";
import type { Problem } from "../model/problem.ts";
import type { InvalidStrategy } from "../stores/load-strategies.ts";

/** What a check looks at, in order. Each may throw what is wrong, or say it. */
export interface CheckSteps {
  /** Options, transports and strategies in code. */
  readonly examine: () => Promise<readonly Problem[]>;
  /** Whether the tables are as this version needs them. */
  readonly schema: () => Promise<readonly Problem[]>;
  /** Of code, stores and table. Returns those that cannot work. */
  readonly load: () => Promise<readonly Pick<InvalidStrategy, "name" | "source" | "problems">[]>;
  /** Where an option of a strategy stands: in code, in a file, in a row of the table. */
  readonly placeOf: (strategy: string, option: string) => string;
  readonly sources: () => Promise<readonly Problem[]>;
  /** What the database says of the strategies' templates. */
  readonly describe: (failed: (error: unknown, strategy: string) => void) => Promise<readonly Problem[]>;
}

/**
 * Everything that is wrong, where a start would stop at the first: what the database says is asked
 * for as far as it can be asked. Rejects only with a bug.
 */
export async function checkPipeline(steps: CheckSteps): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const add = (at: string, error: unknown): void => {
    if (!isSynclineError(error)) throw error;
    const found = error.problems.length > 0 ? error.problems : [{ at, message: `${error.code}: ${error.message}` }];
    problems.push(...found);
  };
  const isSound = async (at: string, ask: () => Promise<readonly Problem[]>): Promise<boolean> => {
    try {
      const found = await ask();
      problems.push(...found);
      return found.length === 0;
    } catch (error) {
      add(at, error);
      return false;
    }
  };
  const canWork = await isSound("pipeline", steps.examine);
  const isThere = await isSound("database", steps.schema);
  // Each further answer would be about the same.
  if (!canWork || !isThere) return problems;
  await isSound("strategies", async () =>
    (await steps.load()).flatMap(({ name, source, problems: found }) =>
      found.map(({ at, message }) => ({
        // Of a row that cannot be read, and of a file, the place is whole already.
        at: at.startsWith(source) ? at : steps.placeOf(name, at),
        message,
      })),
    ),
  );
  await isSound("categories", steps.sources);
  await isSound("strategies", () => steps.describe((error, name) => add(steps.placeOf(name, "query"), error)));
  return problems;
}
