import { testStrategy } from "@syncline/testkit/makers";
import { expect, it } from "vitest";
import type { KeyEquality } from "../../contracts/query-runner.ts";
import { category } from "../../model/category.ts";
import { SynclineError } from "../../model/errors.ts";
import { EventHub, type PipelineEvents } from "../events.ts";
import { type Describe, EqualityWatch } from "./equality-watch.ts";

const never = new AbortController().signal;
const order = category("order", { code: "string", id: "integer" });
const customer = category("customer", { id: "bigint" });

function strategyOf(name: string, of: "order" | "customer" = "order") {
  return testStrategy({ name, category: of === "order" ? order : customer });
}

/** What the database says of each strategy's field `code`: an equality, that it cannot tell, or an error. */
function watching(answers: { [strategy: string]: KeyEquality | undefined | Error }) {
  const asked: string[] = [];
  const errors: PipelineEvents["error"][] = [];
  const events = new EventHub(() => {});
  events.on("error", (error) => errors.push(error));
  const describe: Describe = async ({ name }) => {
    asked.push(name);
    const answer = answers[name];
    if (answer instanceof Error) throw answer;
    return answer === undefined ? undefined : { types: [], problems: [], equality: { code: answer } };
  };
  const watch = new EqualityWatch(describe, events);
  return { watch, asked, errors, answers, known: () => Object.fromEntries(watch.byCategory) };
}

it("learns by category how keys are equal, from every strategy with a text in its key", async () => {
  const { watch, asked, known } = watching({ a: "padded", b: "padded", c: undefined });
  const strategies = [strategyOf("a"), strategyOf("b"), strategyOf("c"), strategyOf("numbers", "customer")];
  await watch.ask(strategies, 0, never);
  expect(known()).toEqual({ order: { code: "padded" } });
  expect(asked.sort()).toEqual(["a", "b", "c"]);
  // A column may have another type by then.
  expect([watch.isDue(599_999), watch.isDue(600_000)]).toEqual([false, true]);
});

it("folds nothing where strategies contradict each other", async () => {
  const { watch, known } = watching({ a: "padded", b: "caseless" });
  await watch.ask([strategyOf("a"), strategyOf("b")], 0, never);
  expect(known()).toEqual({});
});

it("folds no key of a category while one of its strategies cannot be asked about, and asks again after five seconds", async () => {
  const away = new SynclineError("database.unavailable", "It is away.");
  const { watch, answers, known, errors } = watching({ a: "padded", b: away });
  const strategies = [strategyOf("a"), strategyOf("b")];
  await watch.ask(strategies, 1_000, never);
  expect(known()).toEqual({});
  expect([watch.isDue(5_999), watch.isDue(6_000)]).toEqual([false, true]);
  answers.b = "padded";
  await watch.ask(strategies, 6_000, never);
  expect(known()).toEqual({ order: { code: "padded" } });
  expect(watch.isDue(605_999)).toBe(false);
  expect(errors).toEqual([]);
});

it("goes by the others while a template is broken: its lane is held, and it is asked about again", async () => {
  const broken = new SynclineError("query.invalid", "There is no such column.");
  const { watch, known, errors } = watching({ a: "padded", b: broken });
  await watch.ask([strategyOf("a"), strategyOf("b")], 0, never);
  expect(known()).toEqual({ order: { code: "padded" } });
  expect(watch.isDue(5_000)).toBe(true);
  expect(errors).toEqual([]);
});

it("tells of what is no error of the database's", async () => {
  const bug = new TypeError("undefined is not a function");
  const { watch, errors } = watching({ a: bug });
  await watch.ask([strategyOf("a")], 0, never);
  const error = expect.objectContaining({ message: expect.stringMatching(/^a TypeError at /) });
  expect(errors).toEqual([{ during: "describe a", error }]);
});

it("forgets what strategies said that are no longer there", async () => {
  const { watch, known } = watching({ a: "padded", b: "caseless" });
  await watch.ask([strategyOf("a")], 0, never);
  await watch.ask([strategyOf("b")], 0, never);
  expect(known()).toEqual({ order: { code: "caseless" } });
});

it("says whether anything is different from before, so that routes are made anew only then", async () => {
  const { watch, answers } = watching({ a: "padded" });
  expect(await watch.ask([strategyOf("a")], 0, never)).toBe(true);
  expect(await watch.ask([strategyOf("a")], 0, never)).toBe(false);
  answers.a = "caseless";
  expect(await watch.ask([strategyOf("a")], 0, never)).toBe(true);
});
