import { createHash } from "node:crypto";
import type { Attributes } from "@opentelemetry/api";
import type { Failure, SyncCall } from "@syncline/core/spi";

/** Whether a span of one key names it. `hash`: so that spans of one key can be found by whoever knows it. */
export type KeysInSpans = "plain" | "hash" | "omit";

/**
 * OpenTelemetry's names (semantic conventions 1.44: messaging, http, rpc, db), and ours where it has
 * none.
 */
export const messaging = { "messaging.system": "syncline" } as const;

/** @param category `undefined`: changes of several. */
export function recordAttributes(category: string | undefined, count: number): Attributes {
  return {
    ...messaging,
    "messaging.operation.name": "record",
    "messaging.operation.type": "send",
    ...(category === undefined ? {} : { "messaging.destination.name": category }),
    ...(count > 1 ? { "messaging.batch.message_count": count } : {}),
  };
}

/** Of every call of a strategy. */
export function strategyAttributes(strategy: string, category: string, downstream: string): Attributes {
  return {
    ...messaging,
    "messaging.operation.name": "deliver",
    "messaging.operation.type": "process",
    "messaging.destination.name": category,
    "messaging.consumer.group.name": strategy,
    "syncline.strategy": strategy,
    "syncline.downstream": downstream,
  };
}

/** Of this one. */
export function callAttributes(call: SyncCall, keys: KeysInSpans): Attributes {
  const [first] = call.items;
  const isAlone = call.items.length === 1 && first !== undefined;
  return {
    ...(call.batched ? { "messaging.batch.message_count": call.items.length } : {}),
    ...(isAlone ? { "messaging.message.id": first.deliveryId } : {}),
    ...(isAlone && keys !== "omit" ? { "syncline.key": shownKey(JSON.stringify(first.key), keys) } : {}),
    // The template: a path that is filled in holds the key.
    ...(call.method === undefined ? {} : { "http.request.method": call.method, "url.template": call.path }),
    "syncline.operation": call.operation,
    "syncline.attempt": call.attempt,
  };
}

/** Without its message: a downstream may repeat there what it was sent. */
export function failureAttributes({ code, kind }: Pick<Failure, "code" | "kind">): Attributes {
  const status = /^http\.(\d{3})$/.exec(code)?.[1];
  const rpcStatus = /^grpc\.([A-Z_]+)$/.exec(code)?.[1];
  return {
    "error.type": code,
    "syncline.failure.kind": kind,
    ...(status === undefined ? {} : { "http.response.status_code": Number(status) }),
    ...(rpcStatus === undefined ? {} : { "rpc.system.name": "grpc", "rpc.response.status_code": rpcStatus }),
  };
}

/** As semantic conventions name the databases of our adapters. */
const databases: { readonly [adapter: string]: string } = {
  postgres: "postgresql",
  mariadb: "mariadb",
  sqlserver: "microsoft.sql_server",
  oracle: "oracle.db",
  sqlite: "sqlite",
};

export function readAttributes(adapter: string, strategy: string, keys: number): Attributes {
  return {
    "db.system.name": databases[adapter] ?? "other_sql",
    "db.operation.name": "SELECT",
    // One statement for all keys: no batch, which would be several operations.
    "syncline.keys.requested": keys,
    "syncline.strategy": strategy,
  };
}

function shownKey(key: string, keys: "plain" | "hash"): string {
  return keys === "plain" ? key : createHash("sha256").update(key).digest("hex").slice(0, 16);
}
