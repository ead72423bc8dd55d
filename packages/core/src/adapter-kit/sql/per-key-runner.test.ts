import { expect, test } from "vitest";
import type { QueryLimits } from "../../contracts/query-runner.ts";
import { SynclineError } from "../../model/errors.ts";
import type { WireValue } from "../../model/wire.ts";
import { createConnections } from "./connections.ts";
import { keyValue, perKeyForms } from "./keyed-reads.ts";
import { createPerKeyRunner } from "./per-key-runner.ts";

const limits: QueryLimits = { timeoutMs: 60_000, maxRows: 10, numbers: "string" };
const forms = perKeyForms((fields, condition) => fields.map(({ name }) => keyValue(condition, name)));
const id = { name: "id", type: "integer", column: "id" } as const;
const setOf = (...ids: readonly number[]) => ({
  text: forms.joinLateral("SELECT", [id], "joined"),
  parameters: forms.bindKeys(
    [id],
    ids.map((each) => ({ id: each })),
  ),
});

/** Answers each key with the rows given; `hang` and errors as told. */
function readerOf(
  answers: { readonly [key: string]: readonly (readonly WireValue[])[] | Error | "hang" | "slow" },
  { pipelined = 1, endFails = false } = {},
) {
  const log: string[] = [];
  const connections = createConnections<object>({
    acquire: async () => ({}),
    release: (_, destroy) => void log.push(destroy ? "ended" : "released"),
    breaksConnection: (error) => error instanceof Error && error.message === "lost",
  });
  const runner = createPerKeyRunner({
    connections,
    pipelined,
    begin: async () => void log.push("begin"),
    prepare: async (_, { text }) => {
      log.push(`prepare ${text}`);
      if (text === "broken") throw new Error("syntax");
      return {
        run: async (key) => {
          log.push(`run ${JSON.stringify(key)}`);
          const answer = answers[JSON.stringify(key)] ?? [];
          if (answer === "slow") {
            await new Promise(setImmediate);
            log.push("at last");
            return { columns: ["name"], rows: [] };
          }
          if (answer === "hang") return new Promise(() => {});
          if (answer instanceof Error) throw answer;
          return { columns: ["name"], rows: answer };
        },
        close: () => void log.push("close"),
      };
    },
    end: async () => {
      log.push("end");
      if (endFails) throw new Error("It has something open.");
    },
    translate: (error, phase) => new SynclineError(phase === "query" ? "query.data" : "query.invalid", String(error)),
  });
  return { log, runner };
}

const never = new AbortController().signal;

test.each([1, 2, 200])("each key of a set is answered, with rows or with none, %i at once", async (pipelined) => {
  const { log, runner } = readerOf({ "[1]": [["a"], ["b"]], "[3]": [["c"]] }, { pipelined });
  expect(await runner.run([setOf(1, 2, 3)], limits, never)).toEqual([
    {
      columns: ["#", "?", "name"],
      rows: [
        [0, true, "a"],
        [0, true, "b"],
        [1, null, null],
        [2, true, "c"],
      ],
    },
  ]);
  const runs = ["run [1]", "run [2]", "run [3]"];
  expect(log).toEqual(["begin", "prepare SELECT", ...runs, "close", "end", "released"]);
});

test("the statement of one key is answered likewise, and one that is somebody's own as it is", async () => {
  const { log, runner } = readerOf({ "[7]": [["a"]] });
  const statements = [
    { text: forms.attest("SELECT"), parameters: [7] },
    { text: forms.attest("SELECT"), parameters: [8] },
    { text: "SELECT", parameters: [7] },
    { text: "SELECT", parameters: [8] },
  ];
  expect(await runner.run(statements, limits, never)).toEqual([
    { columns: ["#", "?", "name"], rows: [[0, true, "a"]] },
    { columns: ["#", "?", "name"], rows: [[0, null, null]] },
    { columns: ["name"], rows: [["a"]] },
    { columns: ["name"], rows: [] },
  ]);
  // Each text once.
  expect(log.filter((line) => line.startsWith("prepare"))).toHaveLength(2);
});

test("rows and bytes are limited over all keys, and those without a row count", async () => {
  const { runner } = readerOf({ "[1]": [["aaaa"]], "[3]": [["bbbb"]] });
  const run = (bounds: Partial<QueryLimits>) => runner.run([setOf(1, 2, 3)], { ...limits, ...bounds }, never);
  await expect(run({ maxRows: 3, maxBytes: 8 })).resolves.toHaveLength(1);
  await expect(run({ maxRows: 2 })).rejects.toMatchObject({ code: "query.row-limit" });
  await expect(run({ maxBytes: 7 })).rejects.toMatchObject({ code: "query.byte-limit" });
});

test("bytes are those of all statements together", async () => {
  const { runner } = readerOf({ "[1]": [["aaaa"]] });
  const twice = runner.run([setOf(1), setOf(1)], { ...limits, maxBytes: 7 }, never);
  await expect(twice).rejects.toMatchObject({ code: "query.byte-limit" });
});

test("an execution that fails fails the read once those beside it have ended, and its error is the query's", async () => {
  const { log, runner } = readerOf({ "[1]": new Error("division by zero"), "[3]": "slow" }, { pipelined: 3 });
  await expect(runner.run([setOf(1, 2, 3)], limits, never)).rejects.toMatchObject({ code: "query.data" });
  expect(log.slice(2)).toEqual(["run [1]", "run [2]", "run [3]", "at last", "close", "end", "released"]);
});

test("a text that cannot be prepared is the template's fault", async () => {
  const { log, runner } = readerOf({});
  const broken = runner.run([{ text: "broken", parameters: [] }], limits, never);
  await expect(broken).rejects.toMatchObject({ code: "query.invalid" });
  expect(log).toEqual(["begin", "prepare broken", "end", "released"]);
});

test("a connection that is lost, or that cannot be brought to its end, is not used again", async () => {
  const lost = readerOf({ "[1]": new Error("lost") });
  await expect(lost.runner.run([setOf(1)], limits, never)).rejects.toThrow();
  expect(lost.log.at(-1)).toBe("ended");

  const open = readerOf({ "[1]": [["a"]] }, { endFails: true });
  await expect(open.runner.run([setOf(1)], limits, never)).resolves.toHaveLength(1);
  expect(open.log.at(-1)).toBe("ended");
});

test("what takes too long is ended with its connection, and so is what nobody waits for any more", async () => {
  const late = readerOf({ "[1]": "hang" });
  const timedOut = late.runner.run([setOf(1)], { ...limits, timeoutMs: 1 }, never);
  await expect(timedOut).rejects.toMatchObject({ code: "query.timeout" });
  expect(late.log.at(-1)).toBe("ended");

  const stop = new AbortController();
  const aborted = readerOf({ "[1]": "hang" });
  const running = aborted.runner.run([setOf(1)], limits, stop.signal);
  await expect.poll(() => aborted.log).toContain("run [1]");
  stop.abort();
  await expect(running).rejects.toMatchObject({ code: "operation.aborted" });
  expect(aborted.log.at(-1)).toBe("ended");
});

test("a key that lacks a field is never read", () => {
  expect(() => forms.bindKeys([id], [{}])).toThrow('no field "id"');
});
