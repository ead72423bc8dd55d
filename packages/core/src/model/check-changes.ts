import type { Dictionary } from "./category.ts";
import type { Change } from "./change.ts";
import { canonicalCondition } from "./condition.ts";
import { SynclineError } from "./errors.ts";
import { show } from "./option-checks.ts";
import { type Problem, placeIn } from "./problem.ts";

/**
 * Checks changes before they are recorded: objects may have been made by hand, or by another copy of this package.
 *
 * Errors: `change.invalid`, with every problem of every change.
 */
export function checkChanges(dictionary: Dictionary, changes: readonly Change[]): void {
  const problems = changes.flatMap((change, index) =>
    changeProblems(dictionary, change).map(({ at, message }) => ({ at: placeIn(`changes[${index}]`, at), message })),
  );
  if (problems.length > 0) {
    throw new SynclineError("change.invalid", "Nothing was recorded: changes are not in order.", { problems });
  }
}

function changeProblems(dictionary: Dictionary, change: Change): readonly Problem[] {
  if (typeof change !== "object" || change === null) return [{ at: "", message: "A change must be an object." }];
  const category = dictionary.get(change.category);
  if (category === undefined) {
    const known = [...dictionary.keys()].join(", ") || "none";
    const message = `The category ${show(change.category)} is not in the data dictionary; there are: ${known}.`;
    return [{ at: "category", message }];
  }
  const problems: Problem[] = [];
  if (change.operation !== "upsert" && change.operation !== "delete") {
    problems.push({
      at: "operation",
      message: `It must be "upsert" or "delete", not ${show(change.operation)}.`,
    });
  }
  const canonical = canonicalCondition(category, change.condition);
  if (!canonical.ok) {
    for (const { at, message } of canonical.problems) problems.push({ at: placeIn("condition", at), message });
  } else if (canonical.key !== change.key) {
    const message = "It is not the canonical text of the condition: make changes with the category's methods.";
    problems.push({ at: "key", message });
  }
  return problems;
}
