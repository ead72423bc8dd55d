import { status as codes, type Metadata, type StatusObject } from "@grpc/grpc-js";
import type { Effect, Failure, FailureKind } from "@syncline/core/spi";
import { failure, httpStatusEffect, httpStatusKind, parseRetryAfter, type Verdict } from "@syncline/core/transport-kit";
import type { RpcMethod } from "./rpc-method.ts";
import { readDetails } from "./status-details.ts";

type Meaning = readonly [kind: FailureKind, effect: Effect];

// CANCELLED and INTERNAL may have acted: a server that shuts down hard answers so to calls that it has run.
const byCode: ReadonlyMap<number, Meaning> = new Map([
  [codes.CANCELLED, ["transient", "maybe"]],
  [codes.UNKNOWN, ["transient", "maybe"]],
  [codes.INVALID_ARGUMENT, ["rejected", "no"]],
  [codes.DEADLINE_EXCEEDED, ["unavailable", "maybe"]],
  [codes.NOT_FOUND, ["rejected", "no"]],
  [codes.ALREADY_EXISTS, ["rejected", "no"]],
  [codes.PERMISSION_DENIED, ["unauthorized", "no"]],
  [codes.RESOURCE_EXHAUSTED, ["throttled", "no"]],
  [codes.FAILED_PRECONDITION, ["rejected", "no"]],
  [codes.ABORTED, ["transient", "maybe"]],
  [codes.OUT_OF_RANGE, ["rejected", "no"]],
  [codes.UNIMPLEMENTED, ["misconfigured", "no"]],
  [codes.INTERNAL, ["transient", "maybe"]],
  [codes.UNAVAILABLE, ["unavailable", "maybe"]],
  [codes.DATA_LOSS, ["transient", "maybe"]],
  [codes.UNAUTHENTICATED, ["unauthorized", "no"]],
]);

// The client's own words for what never left: its details are ours, and not the server's.
const neverLeft = /^(No connection established|Name resolution failed|Channel has been shut down|Failed to connect)/;
// In the words of grpc-js, and of the clients in Go, C++ and Java in a proxy between us and the server.
const httpStatus =
  /^(?:Received HTTP status code|unexpected HTTP status code received from server:|Received http2 header with status:|HTTP status code(?= \d+(?:\n|$))) (\d{3})\b/;
const tooLarge = /larger than|too large|exceeds (the )?(maximum|limit)/i;
// Other codes have other uses, and say so more clearly: tonic OUT_OF_RANGE, Envoy UNKNOWN, etcd and Google INVALID_ARGUMENT.
const messageTooLarge = /\b(message|payload|entity|request)( length| size)?( is)? (too large|exceeds)/i;
const sizeCodes = new Set([codes.UNKNOWN, codes.OUT_OF_RANGE, codes.INVALID_ARGUMENT, codes.INTERNAL]);
const bareCodes = new Set([codes.UNKNOWN, codes.INTERNAL, codes.RESOURCE_EXHAUSTED]);

/** Whether a call ended for want of a connection. */
export function isUnconnected({ code, details }: StatusObject): boolean {
  return code === codes.UNAVAILABLE && neverLeft.test(details);
}

export interface StatusRules {
  readonly statusKinds: { readonly [statusOrReason: string]: Verdict };
  /** What we take of an answer: grpc-js speaks of its limit and of the server's in the same words. */
  readonly answerBytes: number;
}

/**
 * What a status that is not OK means. What the server says in words is not repeated: it may hold
 * anybody's data. A reason is if `statusKinds` names it, a field if the request has it.
 */
export function classifyStatus(
  status: StatusObject,
  rules: StatusRules,
  hasField: RpcMethod["hasField"] = () => false,
  headers: Metadata = status.metadata,
): Failure | "accepted" {
  const { code, details, metadata } = status;
  const name = codes[code] ?? String(code);
  const told = readDetails(metadata);
  const byReason = verdictOf(rules.statusKinds, told.reason);
  const override = byReason ?? verdictOf(rules.statusKinds, name);
  if (override === "accepted") return "accepted";
  const isGrpc = !bareCodes.has(code) || speaksGrpc(headers);
  const [kind, effect] =
    httpMeaning(details) ?? (isGrpc ? meaningOf(code, details, rules) : ["misconfigured", "maybe"]);
  // A reason that nobody has named may be anything.
  const word = byReason === undefined ? `grpc.${name}` : `grpc.${name}.${told.reason}`;
  const found = failure(override ?? kind, word, words(name, details, told.fields.filter(hasField), isGrpc), effect);
  const retryAfterMs = told.retryAfterMs ?? pushback(metadata) ?? retryAfter(headers);
  return retryAfterMs === undefined ? found : { ...found, retryAfterMs };
}

function verdictOf(kinds: StatusRules["statusKinds"], name: string | undefined): Verdict | undefined {
  return name !== undefined && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

function meaningOf(code: number, details: string, { answerBytes }: StatusRules): Meaning {
  if (code === codes.RESOURCE_EXHAUSTED && tooLarge.test(details)) {
    // The answer was too large for us: the request had been taken.
    return details.includes(`vs ${answerBytes})`) ? ["transient", "maybe"] : ["too-large", "no"];
  }
  if (sizeCodes.has(code) && messageTooLarge.test(details)) return ["too-large", "no"];
  if (code === codes.UNAVAILABLE && neverLeft.test(details)) return ["unavailable", "no"];
  return byCode.get(code) ?? ["transient", "maybe"];
}

/**
 * A proxy or a web server answered, for which gRPC's own codes are too few: 413 is UNKNOWN, and 429 UNAVAILABLE. A status
 * that says nothing about this call is an outage from 500 on, whatever its number (520 to 530 of Cloudflare), and otherwise
 * an address where no gRPC is spoken.
 */
function httpMeaning(details: string): Meaning | undefined {
  const status = Number(httpStatus.exec(details)?.[1] ?? 0);
  if (status === 0) return undefined;
  if (status < 400) return ["misconfigured", "maybe"];
  return [httpStatusKind(status) ?? (status >= 500 ? "unavailable" : "misconfigured"), httpStatusEffect(status)];
}

/** A page for a browser says 200, and its first bytes look like the length of a message. */
function speaksGrpc(headers: Metadata): boolean {
  const [type] = headers.get("content-type");
  return type === undefined || /^application\/grpc\b/i.test(String(type));
}

function words(name: string, details: string, fields: readonly string[], isGrpc: boolean): string {
  if (name === "UNAVAILABLE" && neverLeft.test(details)) return "cannot be reached";
  const [, status] = httpStatus.exec(details) ?? [];
  if (status !== undefined) return `answered ${name}: HTTP status ${status}, which a proxy may have given`;
  if (!isGrpc) return "answered with what is no gRPC, by its content type: a proxy, or a server for browsers";
  const named = fields.length === 0 ? "" : ` (fields: ${fields.join(", ")})`;
  return `answered ${name}${named}`;
}

/**
 * gRPC's own header for it, which servers set to spread retries. No time at all, or a negative one,
 * is no wish.
 */
function pushback(metadata: Metadata): number | undefined {
  const text = String(metadata.get("grpc-retry-pushback-ms")[0] ?? "");
  return /^\d{1,10}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

/** Of a proxy that speaks HTTP, in whatever form HTTP's readers take. */
function retryAfter(headers: Metadata): number | undefined {
  const textOf = (name: string) => String(headers.get(name)[0] ?? "");
  return parseRetryAfter({ "retry-after": textOf("retry-after"), date: textOf("date") }, Date.now());
}
