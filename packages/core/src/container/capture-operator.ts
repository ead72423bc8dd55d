import type { CaptureTarget, ChangeCapture } from "../contracts/change-capture.ts";
import type { Dictionary } from "../model/category.ts";
import { type CategorySource, sourceProblems } from "../model/category-source.ts";
import { SynclineError } from "../model/errors.ts";
import { placeIn } from "../model/problem.ts";
import type { Capture } from "./pipeline.ts";

interface CaptureOperatorParts {
  readonly during: <Value>(work: (signal: AbortSignal) => Promise<Value>) => Promise<Value>;
  readonly dictionary: () => Dictionary;
  readonly capture: () => ChangeCapture | undefined;
}

/** What operators do with the triggers of categories. */
export function captureOperator({ during, dictionary, capture }: CaptureOperatorParts): Capture {
  const asked =
    (member: keyof ChangeCapture): Capture[typeof member] =>
    (category, source) =>
      during(async (signal) => {
        const target = targetOf(dictionary(), category, source);
        const part = capture();
        if (part === undefined)
          throw new SynclineError("config.invalid", "The database's adapter captures no changes: it has no capture.");
        return await part[member](target, signal);
      });
  return { install: asked("install"), show: asked("show"), remove: asked("remove") };
}

function targetOf(dictionary: Dictionary, name: string, given: CategorySource | undefined): CaptureTarget {
  const category = dictionary.get(name);
  if (category === undefined) {
    const known = [...dictionary.keys()].join(", ") || "none";
    throw new SynclineError("config.invalid", `There is no category "${name}"; there are: ${known}.`);
  }
  const source = given ?? category.source;
  if (source === undefined)
    throw new SynclineError(
      "config.invalid",
      `The category "${name}" names no source: category("${name}", { … }, { table: "…" }).`,
    );
  const problems = sourceProblems(source, Object.keys(category.fields));
  if (problems.length > 0) {
    const placed = problems.map((each) => ({ ...each, at: placeIn("source", each.at) }));
    throw new SynclineError("config.invalid", "The source is not in order.", { problems: placed });
  }
  return { category, source };
}
