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
  // A proxy or a web server answered, and wants us somewhere else: we go nowhere.
  if (code === codes.UNKNOWN && /HTTP status code 3\d\d/.test(details)) return ["misconfigured", "maybe"];
  return byCode.get(code) ?? ["transient", "maybe"];
}

function words(name: string, details: string, fields: readonly string[]): string {
  if (name === "UNAVAILABLE" && neverLeft.test(details)) return "cannot be reached";
  const named = fields.length === 0 ? "" : ` (fields: ${fields.join(", ")})`;
  return `answered ${name}${named}`;
}

/** gRPC's own header for it, which servers set to spread retries. */
function pushback(metadata: Metadata): number | undefined {
  const text = String(metadata.get("grpc-retry-pushback-ms")[0] ?? "");
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
