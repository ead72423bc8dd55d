import assert from "node:assert/strict";
import type { Failure, Outcome, SyncCall, SyncItem, Transport, WireValue } from "@syncline/core/spi";
import { afterAll, describe, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import { promises, promisesProto } from "./testing/promises.ts";
import { Folder } from "./testing/proto-sender.ts";

const folder = new Folder();
afterAll(() => folder.close());
const proto = folder.write("promises.proto", promisesProto);
const healthy = (address: string): Transport => grpc({ address, plaintext: true, schema: { proto } });

type Fields = { readonly [name: string]: WireValue };

function changing(change: (call: SyncCall) => SyncCall, judge = (outcome: Outcome): Outcome => outcome) {
  return (address: string): Transport => {
    const transport = healthy(address);
    const open: Transport["open"] = (context) => {
      const inner = transport.open(context);
      return {
        invoke: async (call, given) => judge(await inner.invoke(change(call), given)),
        close: async () => inner.close?.(),
      };
    };
    return { ...transport, open };
  };
}

const bodies = (change: (body: Fields, call: SyncCall) => Fields) =>
  changing((call) => {
    const items = call.items.map((item): SyncItem => ({ ...item, body: change(item.body as Fields, call) }));
    return { ...call, items };
  });
const kinds = (from: Failure["kind"], to: Failure["kind"]) =>
  changing(
    (call) => call,
    (outcome) =>
      outcome.status === "failed" && outcome.failure.kind === from
        ? { status: "failed", failure: { ...outcome.failure, kind: to } }
        : outcome,
  );
const unchecked = (address: string): Transport => ({ ...healthy(address), checkStrategy: () => [] });

/** Each broken as it was, or as a library breaks it. */
const mutants: { readonly [promise: string]: (address: string) => Transport } = {
  "NULL in a required field is sent by nobody": bodies((body) => ({ ...body, id: body.id ?? "" })),
  "an Any without @type is sent by nobody": bodies(({ any, ...body }) => body),
  "a constant field leaves the others as they are": bodies(({ tags, ...body }, { options }) => {
    const isConstant = (options as { readonly fixed?: object }).fixed !== undefined;
    return isConstant || tags === undefined ? body : { ...body, tags };
  }),
  "a negative zero stays one": bodies(({ rate, ...body }) =>
    rate === 0 || rate === undefined ? body : { ...body, rate },
  ),
  "a service that only ends so stops the start": unchecked,
  "a required field that nothing fills stops the start": unchecked,
  "a proxy that finds a request too large has it made smaller": kinds("too-large", "transient"),
  "a proxy's limit is no outage": kinds("throttled", "unavailable"),
  "a page for browsers is no passing error": kinds("misconfigured", "transient"),
};

describe("gRPC keeps its promise that", () => {
  it.each(promises)("$name, and who does not is caught", async ({ name, keep }) => {
    await keep(healthy);
    const mutant = mutants[name];
    if (mutant === undefined) throw new Error("each promise has its mutant");
    await expect(keep(mutant)).rejects.toThrow(assert.AssertionError);
  });
});
