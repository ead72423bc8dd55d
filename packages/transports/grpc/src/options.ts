import type { ServiceDefinition } from "@grpc/grpc-js";
import type { Problem, RateLimit } from "@syncline/core/spi";
import {
  checkNetwork,
  checkStrategyHeaders,
  checkTls,
  hostProblem,
  isFields,
  isInteger,
  isLimits,
  isListOf,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  isSwitch,
  isText,
  type NetworkPolicy,
  problemsOf,
  type SecretSource,
  type StrategyHeaderRules,
  sameHeader,
  satisfies,
  type TlsOptions,
  type Verdict,
  verdicts,
} from "@syncline/core/transport-kit";
import { targetOf } from "./target.ts";

/** Where the descriptions of services and messages come from. */
export type SchemaSource =
  /** Files; imports are looked for beside the importing file and in `include`. */
  | { readonly proto: string | readonly string[]; readonly include?: readonly string[] }
  /** What `protoc --include_imports --descriptor_set_out` writes: the file's path, or its bytes. */
  | { readonly descriptorSet: string | Uint8Array }
  /** The server tells it (grpc.reflection.v1, or v1alpha). Unknown while the server is away. */
  | { readonly reflection: true }
  /** Definitions of generated code, by full service name. Its serializers judge what fits a message. */
  | { readonly services: { readonly [service: string]: ServiceDefinition } };

/** One downstream over gRPC. */
export interface GrpcOptions {
  /** `orders.acme.internal:443`, or any target that gRPC resolves: `dns:///orders.acme.internal:443`. */
  readonly address: string;
  readonly schema: SchemaSource;
  /** Whom to trust, and our own certificate (mTLS). TLS is the default, and this refines it. */
  readonly tls?: TlsOptions;
  /** Speak without TLS. */
  readonly plaintext?: boolean;
  /**
   * Where this downstream may be, judged by the address of each connection. Cloud metadata services
   * are refused whatever it says.
   */
  readonly network?: NetworkPolicy;
  /** A token in each call's metadata; a function is asked for each call. */
  readonly auth?: { readonly bearer: SecretSource };
  /** Sent with each call. A value `env:NAME` or `file:/path` is looked up, and treated as a secret. */
  readonly metadata?: { readonly [name: string]: string };
  /**
   * Metadata that strategies may set here, instead of the default: `accept-language`, `api-version`,
   * `x-api-version`. `x-acme-*` stands for all that begin so; `[]`: none. What `auth`, `metadata` and
   * Syncline itself set is never a strategy's, nor is what gRPC sets, nor what proxies and gateways go by,
   * whatever stands here.
   */
  readonly strategyHeaders?: readonly string[];
  /** A request beyond it is not sent, and the batch is halved. Default 4,194,304, which is what most servers take. */
  readonly maxBytes?: number;
  /** Of an answer no more is taken. Default 1,048,576. */
  readonly answerBytes?: number;
  /** What statuses, or reasons of `google.rpc.ErrorInfo`, mean at this downstream: `{ ALREADY_EXISTS: "accepted" }`. */
  readonly statusKinds?: { readonly [statusOrReason: string]: Verdict };
  /** Pings on a connection with calls on it. Default 330,000: servers end connections that ping more than every 5 minutes. */
  readonly keepaliveMs?: number;
  /**
   * After so long calls go over a new connection, so that the name is looked up again: the
   * downstream may have moved while the old address still answers. Default 300,000.
   */
  readonly connectionAgeMs?: number;
  /** `round_robin` uses all addresses that the name resolves to. Default `pick_first`. */
  readonly loadBalancing?: "pick_first" | "round_robin";
  /** The name that `check` asks the server's health service for. Default `""`: the server as a whole. */
  readonly healthService?: string;
  /** For the downstream as a whole, on top of its strategies' own. */
  readonly limits?: { readonly concurrency?: number; readonly rate?: RateLimit };
}

const largest = 1 << 30;

const isAddress = satisfies(
  (value) => typeof value === "string" && /^[\x21-\x7e]{1,512}$/.test(value) && !/@|^https?:/.test(value),
  "must be host:port, or a target such as dns:///host:port, without credentials",
);

const isMetadataName = satisfies(
  (value) =>
    /^[0-9a-zA-Z_.-]{1,128}$/.test(String(value)) &&
    !/-bin$/i.test(String(value)) &&
    !/^(grpc-|:|te$|content-type$|authorization$|user-agent$|syncline-|idempotency-key$|traceparent$|tracestate$)/i.test(
      String(value),
    ),
  "is no metadata name, or one that gRPC or Syncline sets itself (a token goes into `auth`)",
);
export const isMetadataValue = satisfies(
  (value) => typeof value === "string" && /^[\x20-\x7e]*$/.test(value),
  "must be a text of printable ASCII characters",
);

const checkAll = isObject(
  {
    address: isAddress,
    schema: (value, at, problems) => {
      if (!isFields(value) || Object.values(value).length === 0) {
        problems.push({ at, message: "must have one of proto, descriptorSet, reflection and services" });
        return;
      }
      isObject({
        proto: (proto, place, found) => (Array.isArray(proto) ? isListOf(isText) : isText)(proto, place, found),
        include: isListOf(isText),
        descriptorSet: satisfies(
          (set) => set instanceof Uint8Array || (typeof set === "string" && set !== ""),
          "must be a file's path, or bytes",
        ),
        reflection: isOneOfTrue,
        services: isMapOf(isText, satisfies(isFields, "must be a service's definition of generated code")),
      })(value, at, problems);
      const kinds = ["proto", "descriptorSet", "reflection", "services"].filter((kind) => value[kind] !== undefined);
      if (kinds.length !== 1)
        problems.push({ at, message: "must have exactly one of proto, descriptorSet, reflection and services" });
      if (value.include !== undefined && value.proto === undefined)
        problems.push({ at: `${at}.include`, message: "has no effect without `proto`" });
    },
    tls: checkTls,
    plaintext: isSwitch,
    network: checkNetwork,
    auth: isObject({ bearer: isSecretSource }, ["bearer"]),
    metadata: isMapOf(isMetadataName, isMetadataValue),
    strategyHeaders: checkStrategyHeaders,
    maxBytes: isInteger(1, largest),
    answerBytes: isInteger(1, largest),
    statusKinds: isMapOf(isText, isOneOf(verdicts)),
    keepaliveMs: isInteger(10_000, 86_400_000),
    connectionAgeMs: isInteger(1, 86_400_000),
    loadBalancing: isOneOf(["pick_first", "round_robin"]),
    healthService: satisfies((value) => typeof value === "string", "must be a text"),
    limits: isLimits,
  },
  ["address", "schema"],
);

function isOneOfTrue(value: unknown, at: string, problems: Problem[]): void {
  if (value !== true) problems.push({ at, message: "must be true" });
}

const defaultStrategyHeaders = ["accept-language", "api-version", "x-api-version"];

/** What strategies may set at this downstream, whatever its options are: they may not have been checked. */
export function headerRules(options: unknown): StrategyHeaderRules {
  const { metadata, strategyHeaders } = (isFields(options) ? options : {}) as Partial<GrpcOptions>;
  const names = Array.isArray(strategyHeaders) ? strategyHeaders.filter((name) => typeof name === "string") : undefined;
  // gRPC's own names, for which there is no other rule: `grpc-` begins the rest.
  const taken = ["content-type", "accept-encoding", ...(isFields(metadata) ? Object.keys(metadata) : [])];
  return { allowed: names ?? defaultStrategyHeaders, taken };
}

/** What is wrong with a downstream's options; every problem at once, and no value in any message. */
export function checkGrpcOptions(options: unknown): readonly Problem[] {
  const problems = [...problemsOf(checkAll, options)];
  if (problems.length > 0) return problems;
  const { address, metadata, network, plaintext, strategyHeaders = [], tls } = options as GrpcOptions;
  const names = Object.keys(metadata ?? {});
  for (const [position, name] of names.entries()) {
    if (names.slice(0, position).some((other) => sameHeader(other) === sameHeader(name)))
      problems.push({ at: `metadata.${name}`, message: "is given twice: servers may take either" });
  }
  for (const [index, name] of strategyHeaders.entries()) {
    if (names.some((other) => sameHeader(other) === sameHeader(name)))
      problems.push({ at: `strategyHeaders[${index}]`, message: "is set by `metadata`, which no strategy replaces" });
  }
  if (plaintext === true && tls !== undefined)
    problems.push({ at: "tls", message: "has no effect beside `plaintext: true`" });
  if (plaintext === true && network?.requireTls === true)
    problems.push({ at: "plaintext", message: "is refused by the downstream's `network.requireTls`" });
  const target = targetOf(address);
  if (target === undefined)
    problems.push({ at: "address", message: "has a scheme that is not known: dns, ipv4, ipv6 and unix are" });
  if (target?.isLocalSocket === true && network?.privateNetworks === false)
    problems.push({ at: "address", message: "has an address that the downstream's `network` denies" });
  const wrong = target?.hosts.map((host) => hostProblem(host, network)).find((problem) => problem !== undefined);
  if (wrong !== undefined) problems.push({ at: "address", message: wrong });
  return problems;
}
