import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome, SyncInvoker } from "@syncline/core/spi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { callOf, failureOf, patient, quiet } from "./testing/calls.ts";
import { type Arrived, generateCode, PythonServer, pythonWithGrpc } from "./testing/python/python-server.ts";

const python = pythonWithGrpc();
// Where all tests of a file are skipped, no hook runs to take the folder away.
const code = python === undefined ? "" : mkdtempSync(join(tmpdir(), "syncline-python-"));
let server: PythonServer;
let invoker: SyncInvoker;

beforeAll(() => {
  if (python !== undefined) generateCode(python, code);
});
afterAll(() => rmSync(code, { recursive: true, force: true }));
beforeEach(async () => {
  if (python === undefined) return;
  server = await PythonServer.start(python, code);
  const schema = { descriptorSet: join(code, "ledger.bin") };
  const strategyHeaders = ["x-hold", "x-status", "x-padding"];
  invoker = grpc({ address: server.address, plaintext: true, schema, strategyHeaders }).open({
    downstream: "ledger",
    log: quiet,
  });
});
afterEach(async () => {
  if (python === undefined) return;
  await invoker.close?.();
  await server.close();
});

interface Called {
  readonly callId: string;
  readonly outcome: Outcome;
}

let calls = 0;

async function send(metadata: { readonly [name: string]: string } = {}): Promise<Called> {
  calls += 1;
  const callId = `call-${calls}`;
  const call = callOf([{ id: callId }], { callId, path: "ledger.v1.Ledger/Put", options: { metadata } });
  return { callId, outcome: await invoker.invoke(call, patient()) };
}

const held = (count: number) => Array.from({ length: count }, () => send({ "x-hold": "yes" }));

/** What the server has run, and what we believe: at most once, accepted only if run, effect no only if not run. */
function expectTruth(results: readonly Called[], arrived: readonly Arrived[]): void {
  const lies = results.filter(({ callId, outcome }) => {
    const runs = arrived.filter(({ call }) => call === callId).length;
    if (outcome.status === "accepted") return runs !== 1;
    return runs > 1 || (runs === 1 && failureOf(outcome).effect === "no");
  });
  expect(lies).toEqual([]);
}

describe.skipIf(python === undefined)("a server of Python that stops", () => {
  it("gracefully, ends what runs, and what comes then was never there", async () => {
    const running = held(20);
    await server.told(20, "arrived");
    server.tell({ stop: 30 });
    await server.told(1, "stopping");
    const late = await Promise.all(Array.from({ length: 20 }, () => send()));
    server.tell({ release: true });
    const results = await Promise.all(running);
    await server.told(1, "stopped");
    expect(results.map(({ outcome }) => outcome)).toEqual(results.map(() => ({ status: "accepted" })));
    expect(late.filter(({ outcome }) => outcome.status !== "failed")).toEqual([]);
    expectTruth([...results, ...late], await server.settled());
  });

  it.each([
    ["at once", () => server.tell({ stop: null })],
    ["by being killed", () => server.kill()],
  ])("%s, may have acted on what ran", async (_, stop) => {
    const running = held(20);
    await server.told(20, "arrived");
    await stop();
    const results = await Promise.all(running);
    for (const { outcome } of results) expect(failureOf(outcome)).toMatchObject({ effect: "maybe" });
    expectTruth(results, server.arrived);
  });

  it.each([
    [
      "gracefully",
      async () => {
        server.tell({ stop: 30 });
        await server.told(1, "stopped");
        await server.close();
      },
    ],
    [
      "at once",
      async () => {
        server.tell({ stop: null });
        await server.told(1, "stopped");
        await server.close();
      },
    ],
    ["by being killed", () => server.kill()],
  ])("%s in the midst of traffic, and comes back, loses no call in silence and runs none twice", async (_, stop) => {
    const { port } = server;
    const arrived: Arrived[] = [];
    const results: Called[] = [];
    let isOver = false;
    const traffic = Array.from({ length: 8 }, async () => {
      while (!isOver) results.push(await send());
    });
    for (let round = 0; round < 3; round += 1) {
      await server.told(100, "arrived");
      await stop();
      arrived.push(...server.arrived);
      server = await PythonServer.start(python ?? "", code, { port });
    }
    // The channel has found it again.
    await server.told(100, "arrived");
    isOver = true;
    await Promise.all(traffic);
    arrived.push(...(await server.settled()));
    expectTruth(results, arrived);
    const known = new Set(results.map(({ callId }) => callId));
    expect(arrived.filter(({ call }) => !known.has(call))).toEqual([]);
    expect(results.filter(({ outcome }) => outcome.status === "accepted").length).toBeGreaterThanOrEqual(300);
    expect(results.filter(({ outcome }) => outcome.status !== "accepted")).not.toEqual([]);
  });
});
