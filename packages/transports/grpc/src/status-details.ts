import type { Metadata } from "@grpc/grpc-js";
import protobuf from "protobufjs";

/** The parts of google/rpc/status.proto and error_details.proto that are read. Field numbers are fixed for ever. */
const root = protobuf.parse(
  `
syntax = "proto3";
package google.rpc;
message Any { string type_url = 1; bytes value = 2; }
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message RetryInfo { Duration retry_delay = 1; }
message ErrorInfo { string reason = 1; string domain = 2; }
message BadRequest { message FieldViolation { string field = 1; string description = 2; } repeated FieldViolation field_violations = 1; }
`,
  { keepCase: true },
).root;

const statusType = root.lookupType("google.rpc.Status");

export interface StatusDetails {
  readonly retryAfterMs?: number;
  /** Of `ErrorInfo`: a constant in upper case by its definition. */
  readonly reason?: string;
  /** Of `BadRequest`: names, not descriptions. */
  readonly fields: readonly string[];
}

/** What a server told beside its status. Anything that is not as it should be is left out. */
export function readDetails(metadata: Metadata): StatusDetails {
  const [raw] = metadata.get("grpc-status-details-bin");
  if (!(raw instanceof Uint8Array)) return { fields: [] };
  try {
    const { details } = read<{ details?: readonly { type_url: string; value: Uint8Array }[] }>(statusType, raw);
    return Object.assign({ fields: [] }, ...(details ?? []).map(readOne)) as StatusDetails;
  } catch {
    return { fields: [] };
  }
}

function readOne({
  type_url,
  value,
}: {
  readonly type_url: string;
  readonly value: Uint8Array;
}): Partial<StatusDetails> {
  const name = type_url.split("/").at(-1);
  if (name === "google.rpc.RetryInfo") {
    const { retry_delay } = read<{ retry_delay?: { seconds: string; nanos: number } }>(root.lookupType(name), value);
    const ms = Number(retry_delay?.seconds ?? 0) * 1000 + Number(retry_delay?.nanos ?? 0) / 1e6;
    // No time at all is no wish.
    return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: Math.ceil(ms) } : {};
  }
  if (name === "google.rpc.ErrorInfo") {
    const { reason } = read<{ reason: string }>(root.lookupType(name), value);
    return /^[A-Z][A-Z0-9_]{0,62}$/.test(reason) ? { reason } : {};
  }
  if (name !== "google.rpc.BadRequest") return {};
  const found = read<{ field_violations?: readonly { field: string }[] }>(root.lookupType(name), value);
  const fields = (found.field_violations ?? []).map(({ field }) => field);
  return { fields: fields.filter((field) => /^[\w.[\]]{1,80}$/.test(field)).slice(0, 20) };
}

function read<Shape>(type: protobuf.Type, bytes: Uint8Array): Shape {
  return type.toObject(type.decode(bytes), { longs: String, defaults: true }) as Shape;
}
