import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Outcome, Problem, Strategy, SyncCall, WireValue } from "@syncline/core/spi";
import { grpc } from "../grpc.ts";
import type { GrpcOptions, SchemaSource } from "../options.ts";
import { type BytesServer, bytesServer } from "./bytes-server.ts";
import { callOf, patient, quiet, strategyOf } from "./calls.ts";

/** Files of a test's own, in a folder of their own. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "syncline-proto-"));

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  close(): void {
    rmSync(this.path, { recursive: true });
  }
}

const never = new AbortController().signal;

/** What is wrong at start: with the schema, or with a strategy by it. */
export async function problemsOf(schema: SchemaSource, parts: Partial<Strategy> = {}): Promise<readonly Problem[]> {
  const made = grpc({ address: "127.0.0.1:1", plaintext: true, schema });
  const unprepared = await (made.prepare?.(never) ?? []);
  return unprepared.length > 0 ? unprepared : (made.checkStrategy?.(strategyOf(parts)) ?? []);
}

export interface Sent {
  readonly outcome: Outcome;
  /** In hexadecimal. */
  readonly requests: readonly string[];
  readonly paths: readonly string[];
}

/** One call to a server that keeps its bytes. */
export async function send(
  schema: SchemaSource,
  path: string,
  bodies: readonly WireValue[],
  parts: Partial<SyncCall> & { readonly server?: Partial<GrpcOptions>; readonly served?: readonly string[] } = {},
): Promise<Sent> {
  const { server: options, served = [path], ...call } = parts;
  const server: BytesServer = await bytesServer(...served);
  const invoker = grpc({ address: server.address, plaintext: true, schema, ...options }).open({
    downstream: "crm",
    log: quiet,
  });
  const outcome = await invoker.invoke(callOf(bodies, { path, batched: bodies.length > 1, ...call }), patient());
  await invoker.close?.();
  server.stop();
  return { outcome, requests: server.requests, paths: server.paths };
}

/** The places and reasons of what could not be sent, in the order of the items. */
export function unsendableOf({ outcome, requests }: Sent): readonly string[] {
  if (outcome.status !== "unsendable") throw new Error(`expected unsendable, got ${JSON.stringify(outcome)}`);
  if (requests.length > 0) throw new Error("something was sent");
  return outcome.failures.map(({ failure }) => failure.message);
}
