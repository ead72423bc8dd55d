import { editDistance } from "../model/edit-distance.ts";

/** ` (did you mean "answer"?)` when one of the names is at most two edits away, otherwise nothing. */
export function suggestion(given: string, names: readonly string[]): string {
  if (given.length > 64) return "";
  let best: string | undefined;
  let least = 3;
  for (const name of names) {
    const edits = editDistance(given.toLowerCase(), name.toLowerCase());
    if (edits < least && edits < name.length) {
      best = name;
      least = edits;
    }
  }
  return best === undefined ? "" : ` (did you mean "${best}"?)`;
}
