import { status as codes, type Metadata, type StatusObject } from "@grpc/grpc-js";
import type { Effect, Failure, FailureKind } from "@syncline/core/spi";
import { failure, type Verdict } from "@syncline/core/transport-kit";
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
const httpStatus = /^Received HTTP status code (\d{3})$/;
const tooLarge = /larger than|message too large|exceeds (the )?(maximum|limit)/i;

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
): Failure | "accepted" {
  const { code, details, metadata } = status;
  const name = codes[code] ?? String(code);
  const told = readDetails(metadata);
  const byReason = verdictOf(rules.statusKinds, told.reason);
  const override = byReason ?? verdictOf(rules.statusKinds, name);
  if (override === "accepted") return "accepted";
  const [kind, effect] = meaningOf(code, details, rules);
  // A reason that nobody has named may be anything.
  const word = byReason === undefined ? `grpc.${name}` : `grpc.${name}.${told.reason}`;
  const found = failure(override ?? kind, word, words(name, details, told.fields.filter(hasField)), effect);
  const retryAfterMs = told.retryAfterMs ?? pushback(metadata);
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
  if (code === codes.UNAVAILABLE && neverLeft.test(details)) return ["unavailable", "no"];
  return httpMeaning(code, details) ?? byCode.get(code) ?? ["transient", "maybe"];
}

/**
 * A proxy or a web server answered, and grpc-js has no code for its status. It wants us somewhere
 * else (we go nowhere), has an outage, whatever its number (520 to 530 of Cloudflare), finds the
 * message too large, or will not let us through.
 */
function httpMeaning(code: number, details: string): Meaning | undefined {
  if (code !== codes.UNKNOWN) return undefined;
  const status = Number(httpStatus.exec(details)?.[1] ?? 0);
  if (status >= 500) return ["unavailable", "maybe"];
  if (status >= 400) return httpRefusals[status] ?? ["misconfigured", "no"];
  return status >= 300 ? ["misconfigured", "maybe"] : undefined;
}

const httpRefusals: { readonly [status: number]: Meaning } = {
  402: ["unauthorized", "no"],
  407: ["unauthorized", "no"],
  408: ["transient", "maybe"],
  409: ["transient", "maybe"],
  413: ["too-large", "no"],
  425: ["transient", "no"],
  440: ["unauthorized", "no"],
  498: ["unauthorized", "no"],
  499: ["unavailable", "maybe"],
};

function words(name: string, details: string, fields: readonly string[]): string {
  if (name === "UNAVAILABLE" && neverLeft.test(details)) return "cannot be reached";
  const [, status] = httpStatus.exec(details) ?? [];
  if (status !== undefined) return `answered ${name}: HTTP status ${status}, which a proxy may have given`;
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
