import { optionalText, textOf } from "../http/fields.ts";
import { Refusal } from "../http/refusal.ts";
import { filterFields, reasonOf, selectionOf } from "./dead-letters.ts";
import type { Request, Route } from "./route.ts";
import type { ActionDocument } from "./shapes.ts";

const selected = ["ids", ...filterFields, "reason"];
const ofStrategy = ["strategy", "reason"];

/** What an operator does, each with who and why. */
export const acting: readonly Route[] = [
  action("requeue", selected, ({ watched, fields, visitor }) =>
    watched.pipeline.deadLetters.requeue(selectionOf(fields), noteOf(visitor, fields)),
  ),
  action("discard", selected, ({ watched, fields, visitor }) =>
    watched.pipeline.deadLetters.discard(selectionOf(fields), noteOf(visitor, fields)),
  ),
  action("pause", ofStrategy, ({ watched, fields, visitor }) =>
    watched.pipeline.pause(textOf(fields, "strategy", 200), noteOf(visitor, fields)),
  ),
  action("resume", ofStrategy, ({ watched, fields, visitor }) =>
    watched.pipeline.resume(textOf(fields, "strategy", 200), noteOf(visitor, fields)),
  ),
  // Of the table that the strategy's category names: SQL is for whoever has the database.
  action("backfill", ofStrategy, ({ watched, fields, visitor }) =>
    watched.pipeline.backfill(textOf(fields, "strategy", 200), undefined, noteOf(visitor, fields)),
  ),
  action("make-live", ["strategy", "others", "reason"], ({ watched, fields, visitor }) => {
    const others = optionalText(fields, "others", 10);
    if (others !== undefined && others !== "replace" && others !== "keep")
      throw new Refusal(400, "body.invalid", `"others" must be replace or keep.`);
    const strategy = textOf(fields, "strategy", 200);
    return watched.pipeline.definitions.makeLive(strategy, { others }, noteOf(visitor, fields));
  }),
];

/** What takes longer than a request may goes on, and is told so. */
function action(name: string, fields: readonly string[], act: (request: Request) => Promise<unknown>): Route {
  return {
    method: "POST",
    path: `actions/${name}`,
    role: "operator",
    fields,
    handle: async (request): Promise<ActionDocument> => {
      const { watched, timeoutMs } = request;
      const expire = () => {
        watched.look.expire();
        watched.causes.expire();
      };
      try {
        const count = await watched.actions.run(timeoutMs, async () => {
          try {
            return await act(request);
          } finally {
            expire();
          }
        });
        return { state: "done", count: typeof count === "number" ? count : null };
      } catch (error) {
        if (error instanceof Refusal && error.code === "console.timeout") return { state: "running", count: null };
        throw error;
      }
    },
  };
}

function noteOf({ actor }: Request["visitor"], fields: Request["fields"]) {
  return { actor, reason: reasonOf(fields) };
}
