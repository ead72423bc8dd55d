import assert from "node:assert/strict";
import type { SyncCall, SyncItem, Transport, WireValue } from "@syncline/core/spi";
import { describe, expect, it } from "vitest";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { promises } from "./testing/promises.ts";

type Create = (options: SoapOptions) => Transport;
type Fields = { readonly [name: string]: WireValue };

const changing =
  (change: (call: SyncCall) => SyncCall, shown: (parts: object) => object = (parts) => parts): Create =>
  (options) => {
    const transport = soap(options);
    const open: Transport["open"] = (context) => {
      const inner = transport.open(context);
      return {
        invoke: (call, given) => inner.invoke(change(call), given),
        describe: (call) => shown(inner.describe?.(change(call)) ?? {}) as never,
        close: async () => inner.close?.(),
      };
    };
    return { ...transport, open };
  };

const bodies = (change: (body: Fields) => Fields) =>
  changing((call) => ({
    ...call,
    items: call.items.map((item): SyncItem => ({ ...item, body: change(item.body as Fields) })),
  }));
const unchecked: Create = (options) => ({ ...soap(options), checkStrategy: () => [] });

/** Each broken as it was, or as others do it. */
const mutants: { readonly [promise: string]: Create } = {
  "a required wildcard is left empty by nobody": bodies((body) => ({ ...body, "#any": "<nothing/>" })),
  "a derived type is guessed by nobody": bodies(() => ({ record: { "@xsi:type": "Cust", id: "1" } })),
  "bytes and digits are guessed by nobody": bodies(() => ({ h: Buffer.from([0, 1]).toString("base64") })),
  "XML of a row cannot leave its place": bodies(() => ({ "#any": "<a/>" })),
  "a column of the header is in no body": bodies((body) => ({ ...body, v: body.tenant ?? "" })),
  "a secret of the header is shown to nobody": changing(
    (call) => call,
    (parts) => ({ ...parts, header: "promised-s3cret" }),
  ),
  "what is optional stops no start": (options) => ({
    ...soap(options),
    checkStrategy: () => [{ at: "path", message: "cannot be used" }],
  }),
  "what is required and nowhere stops the start": unchecked,
  "a batch that its list cannot take stops the start": unchecked,
};

describe("SOAP keeps its promise that", () => {
  it.each(promises)("$name, and who does not is caught", async ({ name, keep }) => {
    await keep(soap);
    const mutant = mutants[name];
    if (mutant === undefined) throw new Error("each promise has its mutant");
    await expect(keep(mutant)).rejects.toThrow(assert.AssertionError);
  });
});
