import assert from "node:assert/strict";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Outcome, Strategy, SyncCall, Transport, WireValue } from "@syncline/core/spi";
import { bytesServer } from "./bytes-server.ts";
import { callOf, patient, quiet, strategyOf } from "./calls.ts";

/** What this transport promises beyond what each transport does: of messages, names, and proxies. */
export interface Promised {
  readonly name: string;
  /** Rejects with an `AssertionError` if the promise is broken. `create`: for a server at this address. */
  readonly keep: (create: (address: string) => Transport) => Promise<void>;
}

export const promisesProto = `syntax = "proto2";
package promises.v1;
import "google/protobuf/any.proto";
service Orders { rpc Put(Order) returns (Order); rpc PutAll(Orders_) returns (Order); }
message Order {
  required string id = 1;
  repeated string tags = 2;
  optional google.protobuf.Any any = 3;
  optional string source = 4;
  optional double rate = 5;
}
message Orders_ { repeated Order orders = 1; required string tenant = 2; }
`;

const path = "promises.v1.Orders/Put";

async function sent(create: (address: string) => Transport, body: WireValue, parts: Partial<SyncCall> = {}) {
  const server = await bytesServer(path, "promises.v1.Orders/PutAll");
  const invoker = create(server.address).open({ downstream: "crm", log: quiet });
  const outcome = await invoker.invoke(callOf([body], { path, ...parts }), patient());
  await invoker.close?.();
  server.stop();
  return { outcome, requests: server.requests };
}

async function problemsAtStart(create: (address: string) => Transport, parts: Partial<Strategy>) {
  const transport = create("127.0.0.1:1");
  await transport.prepare?.(new AbortController().signal);
  return transport.checkStrategy?.(strategyOf(parts)) ?? [];
}

async function proxied(create: (address: string) => Transport, status: number, type: string): Promise<Outcome> {
  const proxy = createServer();
  proxy.on("stream", (stream) => {
    stream.respond({ ":status": status, "content-type": type });
    stream.end("<html>");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const invoker = create(`127.0.0.1:${(proxy.address() as AddressInfo).port}`).open({ downstream: "crm", log: quiet });
  const outcome = await invoker.invoke(callOf([{ id: "a" }], { path }), patient());
  await invoker.close?.();
  proxy.close();
  return outcome;
}

function kindOf(outcome: Outcome): string {
  return outcome.status === "failed" ? outcome.failure.kind : outcome.status;
}

export const promises: readonly Promised[] = [
  {
    name: "NULL in a required field is sent by nobody",
    keep: async (create) => {
      const { outcome, requests } = await sent(create, { id: null, source: "a" });
      assert.equal(outcome.status, "unsendable");
      assert.deepEqual(requests, []);
    },
  },
  {
    name: "an Any without @type is sent by nobody",
    keep: async (create) => {
      const { outcome, requests } = await sent(create, { id: "a", any: { id: "b" } });
      assert.equal(outcome.status, "unsendable");
      assert.deepEqual(requests, []);
    },
  },
  {
    name: "a constant field leaves the others as they are",
    keep: async (create) => {
      const { requests } = await sent(create, { id: "a", tags: ["x"] }, { options: { fixed: { source: "s" } } });
      assert.deepEqual(requests, ["0a0161120178220173"]);
    },
  },
  {
    name: "a negative zero stays one",
    keep: async (create) => {
      const { requests } = await sent(create, { id: "a", rate: -0 });
      assert.deepEqual(requests, ["0a0161290000000000000080"]);
    },
  },
  {
    name: "a service that only ends so stops the start",
    keep: async (create) => {
      const found = await problemsAtStart(create, { path: "Orders/Put" });
      assert.deepEqual(
        found.map(({ at }) => at),
        ["path"],
      );
    },
  },
  {
    name: "a required field that nothing fills stops the start",
    keep: async (create) => {
      const batch = { path: "promises.v1.Orders/PutAll", batch: 5, options: { list: "orders" } };
      assert.deepEqual(
        (await problemsAtStart(create, batch)).map(({ at }) => at),
        ["options"],
      );
    },
  },
  {
    name: "a proxy that finds a request too large has it made smaller",
    keep: async (create) => assert.equal(kindOf(await proxied(create, 413, "text/html")), "too-large"),
  },
  {
    name: "a proxy's limit is no outage",
    keep: async (create) => assert.equal(kindOf(await proxied(create, 429, "text/html")), "throttled"),
  },
  {
    name: "a page for browsers is no passing error",
    keep: async (create) => assert.equal(kindOf(await proxied(create, 200, "text/html")), "misconfigured"),
  },
];
