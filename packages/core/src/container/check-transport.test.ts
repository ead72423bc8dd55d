import { describe, expect, it } from "vitest";
import type { Transport } from "../contracts/transport.ts";
import type { Problem } from "../model/problem.ts";
import { Examiner } from "./check-code-strategies.ts";
import { createPipeline } from "./create-pipeline.ts";
import { order, orders, refusal, silent, standInDatabase, standInTransport } from "./testing/stand-ins.ts";
import { TOKENS } from "./tokens.ts";

const throwing = () => {
  throw new TypeError("IBAN DE89");
};
const rejecting = () => Promise.reject(new TypeError("IBAN DE89"));

function pipelineOf(crm: Transport) {
  const done: string[] = [];
  const downstreams = { crm, erp: standInTransport(done) };
  const database = standInDatabase(done);
  return createPipeline({ database, categories: [order], strategies: [orders], downstreams, log: silent });
}

const doors: readonly (readonly [member: string, how: string, given: object])[] = [
  ["checkOptions", "throws", { checkOptions: throwing }],
  ["checkOptions", "answers a promise", { checkOptions: rejecting }],
  ["checkOptions", "answers nothing", { checkOptions: () => undefined }],
  ["checkOptions", "answers a list with garbage", { checkOptions: () => [null] }],
  ["checkOptions", "answers problems without a place", { checkOptions: () => [{ message: "no" }] }],
  ["checkOptions", "is no function", { checkOptions: 5 }],
  ["prepare", "throws", { prepare: throwing }],
  ["prepare", "rejects", { prepare: rejecting }],
  ["prepare", "answers nothing", { prepare: async () => undefined }],
  ["prepare", "answers garbage", { prepare: async () => "none" }],
  ["prepare", "gives no promise of anything", { prepare: () => undefined }],
  ["open", "throws", { open: throwing }],
  ["open", "gives nothing", { open: () => undefined }],
  ["open", "gives a promise", { open: rejecting }],
  ["open", "gives what cannot be called", { open: () => ({ invoke: "no" }) }],
  ["open", "is missing", { open: undefined }],
  ["limits", "has another form", { limits: { concurrency: Number.NaN } }],
  ["limits", "is no object", { limits: 5 }],
  ["capabilities", "is missing", { capabilities: undefined }],
  ["capabilities.delete", "is missing", { capabilities: { batch: true, perItemOutcome: true } }],
  ["name", "is missing", { name: undefined }],
];

describe("a start is refused, with the downstream and the member by name, where a transport's", () => {
  it.each(doors)("%s %s", async (member, _, given) => {
    const pipeline = pipelineOf({ ...standInTransport([]), ...given } as Transport);
    const error = await refusal(() => pipeline.start());
    expect(error.code).toBe("config.invalid");
    expect(error.problems.map(({ at }) => at)[0]).toMatch(new RegExp(`^downstreams\\.crm\\.${member}`));
    expect(JSON.stringify(error.problems)).not.toContain("IBAN");
    expect(pipeline.health()).toMatchObject({ live: true, ready: false });
    await pipeline.stop();
  });
});

it("waits for no `prepare` that goes on after its signal, and asks it again", async () => {
  let prepared: () => Promise<readonly Problem[]> = () => new Promise(() => {});
  const crm = standInTransport([], { prepare: () => prepared() });
  const pipeline = pipelineOf(crm);
  const options = { database: standInDatabase([]), downstreams: { crm } } as never;
  const examiner = new Examiner(options, pipeline.container.get(TOKENS.Faults));
  const first = await examiner.examine(AbortSignal.abort());
  expect(first.problems).toEqual([
    { at: "downstreams.crm.prepare", message: expect.stringContaining("This is a bug of the transport.") },
  ]);
  expect([...first.unusable]).toEqual(["crm"]);
  expect(pipeline.health().problems).toMatchObject([{ part: "downstream crm", code: "fault.prepare" }]);
  prepared = async () => [];
  expect(await examiner.examine(new AbortController().signal)).toEqual({ problems: [], unusable: new Set() });
  expect(pipeline.health().problems).toEqual([]);
});

it("starts once the transport that could not be opened can be, and opens the others once", async () => {
  const done: string[] = [];
  let isBroken = true;
  const sound = standInTransport(done);
  const open: Transport["open"] = (context) => (isBroken ? throwing() : sound.open(context));
  const pipeline = createPipeline({
    database: standInDatabase(done),
    categories: [order],
    strategies: [orders],
    downstreams: { crm: { ...sound, open }, erp: sound },
    log: silent,
  });
  expect((await refusal(() => pipeline.start())).code).toBe("config.invalid");
  isBroken = false;
  await pipeline.start();
  await pipeline.stop();
  expect(done).toEqual(["open database", "open erp", "open crm", "close erp", "close crm", "close database"]);
});
