import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status as codes, type Metadata, type Server, type ServiceDefinition } from "@grpc/grpc-js";
import type { SyncInvoker } from "@syncline/core/spi";
import { afterEach, beforeEach, expect, it } from "vitest";
import { grpc } from "./grpc.ts";
import type { GrpcOptions } from "./options.ts";
import { callOf, failureOf, folder, patient, quiet, shopProto } from "./testing/calls.ts";
import { type ShopServer, shopServer } from "./testing/shop-server.ts";

let shop: ShopServer;
let invoker: SyncInvoker | undefined;
let directory: string;
let file: string;
let seen: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rotated-"));
  file = join(directory, "token");
  seen = [];
  await writeFile(file, "old");
});
afterEach(async () => {
  await invoker?.close?.();
  await shop.stop();
  await rm(directory, { recursive: true });
});

const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
const refusal = { code: codes.UNAUTHENTICATED, details: "who are you" };

/** Health and reflection let nobody in; they keep the tokens that were shown. */
async function opening(schema: GrpcOptions["schema"]): Promise<SyncInvoker> {
  const method = (path: string, isStream: boolean): ServiceDefinition[string] => ({
    path,
    requestStream: isStream,
    responseStream: isStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  });
  const shown = (metadata: Metadata) => seen.push(String(metadata.get("authorization")[0]));
  shop = await shopServer(undefined, (server: Server) => {
    server.addService({ Check: method("/grpc.health.v1.Health/Check", false) }, {
      Check: ({ metadata }: { metadata: Metadata }, done: (error: object) => void) => {
        shown(metadata);
        done(refusal);
      },
    } as never);
    server.addService({ Info: method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", true) }, {
      Info: (stream: { metadata: Metadata; emit(event: string, error: object): void }) => {
        shown(stream.metadata);
        stream.emit("error", refusal);
      },
    } as never);
  });
  const options = { address: shop.address, plaintext: true, schema, auth: { bearer: `file:${file}` } };
  invoker = grpc(options).open({ downstream: "crm", log: quiet });
  return invoker;
}

it("a rotated secret is read again once a check was refused the old one", async () => {
  const opened = await opening({ proto: shopProto, include: [folder] });
  expect(await opened.check?.(patient())).toMatchObject({ kind: "unauthorized" });
  await writeFile(file, "new");
  expect(await opened.check?.(patient())).toMatchObject({ kind: "unauthorized" });
  expect(seen).toEqual(["Bearer old", "Bearer new"]);
});

it("a rotated secret is read again once reflection was refused the old one, which is no outage", async () => {
  const opened = await opening({ reflection: true });
  const found = failureOf(await opened.invoke(callOf([{ id: "1" }]), patient()));
  expect(found).toMatchObject({ kind: "unauthorized", code: "grpc.reflection", effect: "no" });
  await writeFile(file, "new");
  expect(failureOf(await opened.invoke(callOf([{ id: "1" }]), patient()))).toMatchObject({ kind: "unauthorized" });
  expect(new Set(seen)).toEqual(new Set(["Bearer old", "Bearer new"]));
});
