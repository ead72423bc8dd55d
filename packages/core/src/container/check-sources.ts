import type { CategorySources, SourcedCategory } from "../contracts/category-sources.ts";
import type { CategoryDefinition } from "../model/category-definition.ts";
import { SynclineError } from "../model/errors.ts";
import { type Problem, placeIn } from "../model/problem.ts";

export function hasSource(category: CategoryDefinition): category is SourcedCategory {
  return category.source !== undefined;
}

/** What the database says of the sources that categories name. Errors: as `CategorySources`. */
export async function sourcesProblems(
  sources: CategorySources,
  categories: readonly CategoryDefinition[],
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const found = await Promise.all(
    categories.filter(hasSource).map(async (category) =>
      (await sources.check(category, signal)).map(({ at, message }) => ({
        at: placeIn(`categories.${category.name}`, at),
        message,
      })),
    ),
  );
  return found.flat();
}

/** The SELECT of all keys of a category. Errors: `config.invalid`, and as `CategorySources`. */
export async function allKeys(
  sources: CategorySources | undefined,
  category: CategoryDefinition,
  signal: AbortSignal,
): Promise<string> {
  if (!hasSource(category))
    throw new SynclineError(
      "config.invalid",
      `The category "${category.name}" names no source, so its keys are to be given: backfill(strategy, { keys: "SELECT …" }).`,
    );
  if (sources === undefined)
    throw new SynclineError(
      "config.invalid",
      'The database\'s adapter knows no sources of categories: backfill(strategy, { keys: "SELECT …" }).',
    );
  return await sources.keys(category, signal);
}
