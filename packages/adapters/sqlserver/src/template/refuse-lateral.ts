import { shapeOf } from "../template-shape.ts";
import { keyAggregateIn } from "./aggregated-key.ts";
import { variablePlaces } from "./variable-places.ts";
import { parametersIn, type Word, wordsOf } from "./words.ts";

/** Why a template cannot be joined to a set of keys, and can be read for each. One sentence. */
export function refuseLateral(template: string): string | undefined {
  const { hasExpressions, isOrdered, isLimited, hasOption } = shapeOf(template);
  if (hasExpressions) return "SQL Server takes no query that begins with WITH as a sub-query.";
  if (hasOption) return "SQL Server takes no sub-query with OPTION.";
  if (isOrdered && !isLimited) return "SQL Server takes no sub-query with ORDER BY, unless there is a TOP or OFFSET.";
  const words = wordsOf(template);
  return aggregatedKey(words) ?? keyAsVariable(words);
}

/** Errors 8124 and 4101. */
function aggregatedKey(words: readonly Word[]): string | undefined {
  const found = keyAggregateIn(words);
  if (found === undefined) return undefined;
  const beside = found.hasColumn ? "together with a column" : "alone";
  return `SQL Server takes no ${found.name} of a set's key ${beside}.`;
}

function keyAsVariable(words: readonly Word[]): string | undefined {
  const place = variablePlaces(words).find(({ span }) => parametersIn(words, span).length > 0);
  return place && `${place.name} takes a literal or a variable, and a set's key is a column.`;
}
