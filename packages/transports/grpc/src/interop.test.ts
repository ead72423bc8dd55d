import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WireValue } from "@syncline/core/spi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import type { GrpcOptions } from "./options.ts";
import { callOf, failureOf, patient, quiet } from "./testing/calls.ts";
import { everything } from "./testing/python/everything.ts";
import { generateCode, PythonServer, type PythonSettings, pythonWithGrpc } from "./testing/python/python-server.ts";
import { selfSigned } from "./testing/self-signed.ts";

const python = pythonWithGrpc();
// Where all tests of a file are skipped, no hook runs to take the folder away.
const code = python === undefined ? "" : mkdtempSync(join(tmpdir(), "syncline-python-"));
const accepted = { status: "accepted" };
const path = "ledger.v1.Ledger/Put";
const schema = { descriptorSet: join(code, "ledger.bin") };
/** Started once; a test that wants another server calls `serve`. */
let plain: PythonServer | undefined;
let server: PythonServer;

beforeAll(async () => {
  if (python === undefined) return;
  generateCode(python, code);
  plain = await PythonServer.start(python, code);
});
afterAll(async () => {
  await plain?.close();
  rmSync(code, { recursive: true, force: true });
});
beforeEach(() => {
  if (plain !== undefined) server = plain;
  server?.events.splice(0);
});
afterEach(async () => {
  if (server !== plain) await server.close();
});

async function serve(settings: PythonSettings): Promise<void> {
  server = await PythonServer.start(python ?? "", code, settings);
}

function transport(options: Partial<GrpcOptions> = {}) {
  // What its metadata ask of the server of Python.
  const strategyHeaders = ["x-after", "x-details", "x-gzip", "x-hold", "x-padding", "x-source", "x-status"];
  const plaintext = options.tls === undefined && { plaintext: true };
  const base: GrpcOptions = { address: server.address, schema, strategyHeaders, ...plaintext };
  return grpc({ ...base, ...options });
}

const open = (options: Partial<GrpcOptions> = {}) => transport(options).open({ downstream: "ledger", log: quiet });

/** One call on a channel of its own. */
async function send(bodies: readonly WireValue[], parts: object = {}, options: Partial<GrpcOptions> = {}) {
  const invoker = open(options);
  const outcome = await invoker.invoke(callOf(bodies, { path, batched: bodies.length > 1, ...parts }), patient());
  await invoker.close?.();
  return outcome;
}

const wanting = (metadata: object) => ({ options: { metadata } }) as object;

describe.skipIf(python === undefined)("a server of Python", () => {
  it("understands every type of field as it was meant, in a message of its own and in a list", async () => {
    expect(await send([everything.sent])).toEqual(accepted);
    expect((await server.settled())[0]?.messages).toEqual([everything.understood]);
    const list = { path: "ledger.v1.Ledger/PutAll", options: { list: "entries" } };
    expect(await send([everything.sent, { id: "2" }, everything.sent], list)).toEqual(accepted);
    expect((await server.settled())[1]?.messages).toEqual([everything.understood, { id: "2" }, everything.understood]);
  });

  it.each(everything.edges)("understands $document", async ({ document, understood }) => {
    expect(await send([document])).toEqual(accepted);
    expect((await server.settled())[0]?.messages).toEqual([understood ?? document]);
  });

  it("takes a stream of more than its window holds, whole and in order", async () => {
    const entries = Array.from({ length: 2_000 }, (_, index) => ({
      id: String(index),
      text_choice: "x".repeat(5_000),
    }));
    expect(await send(entries, { path: "ledger.v1.Ledger/PutStream" })).toEqual(accepted);
    expect((await server.settled()).map(({ messages }) => messages)).toEqual([entries]);
  });

  it("that refuses a stream in its middle has refused it, and the rest is nobody's", async () => {
    const entries = Array.from({ length: 2_000 }, (_, index) => ({
      id: String(index),
      text_choice: "x".repeat(5_000),
    }));
    const options = { metadata: { "x-after": "3", "x-status": "INVALID_ARGUMENT" } };
    const found = await send(entries, { path: "ledger.v1.Ledger/PutStream", options });
    expect(failureOf(found)).toMatchObject({ kind: "rejected", code: "grpc.INVALID_ARGUMENT", effect: "no" });
    expect((await server.settled())[0]?.messages).toHaveLength(3);
  });

  it("names the items of a list that it did not take", async () => {
    const items = { path: "failures", index: "index", code: "code", kind: "rejected" };
    const options = { list: "entries", answer: { items } };
    const parts = { path: "ledger.v1.Ledger/PutAll", options };
    expect(await send([{ id: "1" }, { grade: "BAD" }, { id: "3" }, { grade: -1 }], parts)).toMatchObject({
      status: "partial",
      failures: [
        { index: 1, failure: { kind: "rejected", code: "grpc.item" } },
        { index: 3, failure: { kind: "rejected" } },
      ],
    });
  });

  it("that answers in gzip is understood", async () => {
    const options = {
      metadata: { "x-gzip": "yes", "x-padding": "100000" },
      answer: { ok: { path: "count", in: [1] } },
    };
    expect(await send([{ id: "1" }], { options })).toEqual(accepted);
  });

  it("sees the metadata, the token and the deadline", async () => {
    const deadline = Date.now() + 600_000;
    const invoker = open({ auth: { bearer: () => "s3cret/+~" }, metadata: { "x-tenant": "acme" } });
    const context = { ...patient(), deadline, trace: { traceparent: "00-aa-bb-01" } };
    expect(await invoker.invoke(callOf([{}], { path, ...wanting({ "x-source": "shop" }) }), context)).toEqual(accepted);
    await invoker.close?.();
    const [call] = await server.settled();
    expect(call?.metadata).toMatchObject({
      authorization: "Bearer s3cret/+~",
      "x-tenant": "acme",
      "x-source": "shop",
      "idempotency-key": "call-1",
      "syncline-revision": "7",
      traceparent: "00-aa-bb-01",
    });
    expect(call?.remainingMs).toBeGreaterThan(60_000);
    expect(call?.remainingMs).toBeLessThanOrEqual(600_000);
  });

  it("lets go of a call when its deadline has passed, and of one that is stopped", async () => {
    const invoker = open();
    // Schema and connection first: the deadline is of a call that has arrived.
    expect(await invoker.check?.(patient())).toBeUndefined();
    const call = callOf([{}], { path, ...wanting({ "x-hold": "yes" }) });
    const late = await invoker.invoke(call, { ...patient(), deadline: Date.now() + 1_000 });
    expect(failureOf(late)).toMatchObject({ kind: "unavailable", effect: "maybe" });
    const stop = new AbortController();
    const stopped = invoker.invoke(call, { ...patient(), signal: stop.signal });
    await server.told(2, "arrived");
    stop.abort();
    expect(failureOf(await stopped)).toMatchObject({ kind: "cancelled", effect: "maybe" });
    await server.told(2, "ended");
    await invoker.close?.();
  });

  it("that does not take a message so large says too-large, and a smaller one goes through", async () => {
    const large = { text_choice: "x".repeat(5_000_000) };
    expect(failureOf(await send([large], {}, { maxBytes: 8_000_000 }))).toMatchObject({
      kind: "too-large",
      effect: "no",
    });
    expect(await server.settled()).toEqual([]);
    expect(await send([{ text_choice: "x".repeat(4_000_000) }])).toEqual(accepted);
  });

  it("whose answer is larger than we take may have acted", async () => {
    const found = failureOf(await send([{}], wanting({ "x-padding": "2000000" })));
    expect(found).toMatchObject({ kind: "transient", effect: "maybe" });
    expect(await server.settled()).toHaveLength(1);
  });
});

describe.skipIf(python === undefined)("a status of Python's", () => {
  it("brings google.rpc details: how long to wait, why, and which fields", async () => {
    const details = {
      RetryInfo: { retryDelay: "7.250s" },
      ErrorInfo: { reason: "QUOTA_EXCEEDED", domain: "ledger", metadata: { who: "Mrs Miller" } },
    };
    const asked = { "x-status": "RESOURCE_EXHAUSTED", "x-details": JSON.stringify(details) };
    expect(failureOf(await send([{}], wanting(asked)))).toEqual({
      kind: "throttled",
      code: "grpc.RESOURCE_EXHAUSTED",
      message: "answered RESOURCE_EXHAUSTED",
      effect: "no",
      retryAfterMs: 7_250,
    });
    const violations = { BadRequest: { fieldViolations: [{ field: "inner.name", description: "Mrs Miller" }] } };
    const bad = { "x-status": "INVALID_ARGUMENT", "x-details": JSON.stringify(violations) };
    expect(failureOf(await send([{}], wanting(bad)))).toMatchObject({
      kind: "rejected",
      message: "answered INVALID_ARGUMENT (fields: inner.name)",
    });
  });

  it("for a method that it does not have is misconfigured", async () => {
    const found = failureOf(await send([{}], { path: "shop.v1.Orders/Put" }));
    expect(found).toMatchObject({ kind: "misconfigured", code: "grpc.UNIMPLEMENTED", effect: "no" });
  });
});

describe.skipIf(python === undefined)("of a server of Python", () => {
  it("reflection tells the schema, file by file", async () => {
    const made = transport({ schema: { reflection: true } });
    expect(await made.prepare?.(new AbortController().signal)).toEqual([]);
    await server.settled();
    const files = server.events.flatMap((each) =>
      each.event === "asked" && each.kind === "file_by_filename" ? [each.what] : [],
    );
    expect(files).toContain("google/protobuf/timestamp.proto");
    expect(files).toContain("parts/customer.proto");
    expect(new Set(files).size).toBe(files.length);
    const invoker = made.open({ downstream: "ledger", log: quiet });
    const wrong = callOf([everything.sent], { path: "ledger.v1.Ledger/Nope" });
    expect(failureOf(await invoker.invoke(wrong, patient()))).toMatchObject({ code: "grpc.strategy", effect: "no" });
    expect(await invoker.invoke(callOf([everything.sent], { path }), patient())).toEqual(accepted);
    await invoker.close?.();
    expect((await server.settled())[0]?.messages).toEqual([everything.understood]);
  });

  it("the health service is the probe", async () => {
    const invoker = open();
    expect(await invoker.check?.(patient())).toBeUndefined();
    server.tell({ health: { "": "NOT_SERVING", "ledger.v1.Ledger": "SERVING" } });
    await server.settled();
    expect(await invoker.check?.(patient())).toMatchObject({ kind: "unavailable", effect: "no" });
    await invoker.close?.();
    const named = open({ healthService: "ledger.v1.Ledger" });
    expect(await named.check?.(patient())).toBeUndefined();
    await named.close?.();
    expect(await server.settled()).toEqual([]);
    expect(server.events.filter(({ event }) => event === "checked")).toHaveLength(3);
    server.tell({ health: { "": "SERVING" } });
  });

  it("the absence of a health service is no fault, and without reflection nothing is sent", async () => {
    await serve({ services: false });
    const invoker = open();
    expect(await invoker.check?.(patient())).toBeUndefined();
    await invoker.close?.();
    const found = failureOf(await send([{}], {}, { schema: { reflection: true } }));
    expect(found).toMatchObject({ code: "grpc.reflection", effect: "no" });
    expect(await server.settled()).toEqual([]);
  });
});

describe.skipIf(python === undefined)("TLS of a server of Python", () => {
  const { key, cert } = selfSigned;

  it("is trusted if the options say so, and nobody who speaks in the clear gets through", async () => {
    await serve({ tls: { key, cert, mutual: false } });
    expect(await send([{ id: "1" }], {}, { tls: { ca: cert } })).toEqual(accepted);
    const strange = failureOf(await send([{}], {}, { tls: {} }));
    expect(strange).toMatchObject({ kind: "misconfigured", effect: "no" });
    expect((await send([{}], {})).status).toBe("failed");
    expect(await server.settled()).toHaveLength(1);
  });

  it("asks who we are, and knows it", async () => {
    await serve({ tls: { key, cert, mutual: true } });
    expect(await send([{ id: "1" }], {}, { tls: { ca: cert, cert, key } })).toEqual(accepted);
    expect((await server.settled())[0]?.identities).toEqual(["127.0.0.1"]);
    expect((await send([{}], {}, { tls: { ca: cert } })).status).toBe("failed");
    expect(await server.settled()).toHaveLength(1);
  });

  it("is missed where there is none", async () => {
    const found = failureOf(await send([{}], {}, { tls: { ca: cert } }));
    expect(found).toMatchObject({ kind: "misconfigured", effect: "no" });
  });
});
