import type { Problem, RateLimit } from "@syncline/core/spi";
import type { HttpInstance } from "./axios-client.ts";
import { isBlockedAddress } from "./blocked-addresses.ts";
import {
  type Check,
  isFields,
  isFunction,
  isInteger,
  isMapOf,
  isObject,
  isOneOf,
  isSwitch,
  satisfies,
} from "./checks.ts";
import { type Verdict, verdicts } from "./classify.ts";
import { checkHeaderName, checkHeaderValue, checkOwnHeaderName } from "./header-rules.ts";
import type { SuccessPredicate } from "./judge-answer.ts";
import type { SecretSource } from "./secrets.ts";

export type HttpAuth =
  | { readonly bearer: SecretSource }
  | { readonly basic: { readonly user: string; readonly password: SecretSource } }
  | { readonly apiKey: { readonly header: string; readonly value: SecretSource } };

/** One downstream over HTTP. */
export interface HttpOptions {
  /** `https://crm.example.com/api`: strategies' paths are joined to it and cannot leave it. */
  readonly baseUrl: string;
  readonly auth?: HttpAuth;
  /** Sent with every call. A value `env:NAME` or `file:/path` is looked up, and treated as a secret. */
  readonly headers?: { readonly [name: string]: string };
  readonly timeouts?: {
    /** Until a connection stands, TLS included. Default 5,000. The call's own deadline is the strategy's `timeoutMs`. */
    readonly connectMs?: number;
  };
  /** Of an answer's body no more is read. Default 65,536. */
  readonly answerBytes?: number;
  /** A request's body beyond it is not sent, and the batch is halved. Default 1,048,576. */
  readonly maxBytes?: number;
  /** Compress bodies of 1 KiB and more. Default false: few servers expect it. */
  readonly gzip?: boolean;
  /** Default `idempotency-key`. */
  readonly idempotencyHeader?: string;
  /** What statuses mean at this downstream, where it differs: `{ 404: "rejected" }`. */
  readonly statusKinds?: { readonly [status: number]: Verdict };
  /** Whether a 2xx answer is a success. Beside it, strategies have their own rules as data. */
  readonly ok?: SuccessPredicate;
  /** For the downstream as a whole, on top of its strategies' own. */
  readonly limits?: { readonly concurrency?: number; readonly rate?: RateLimit };
  /** Sockets. Default 64, or `limits.concurrency` where that is more. */
  readonly connections?: number;
  /** `node`: axios' own http adapter instead of undici: slower, but what instrumentation of `node:http` sees. */
  readonly engine?: "undici" | "node";
  /** Add interceptors to the downstream's axios instance. */
  readonly configure?: (instance: HttpInstance) => void;
}

const isSecretSource: Check = (value, at, problems) => {
  if (typeof value === "function") return;
  const message = "must be a function, or a string: env:NAME, file:/path or the secret itself";
  if (typeof value !== "string" || value === "" || value === "env:" || value === "file:")
    problems.push({ at, message });
  else checkHeaderValue(value, at, problems);
};

const checkAuth: Check = (value, at, problems) => {
  isObject({
    bearer: isSecretSource,
    basic: isObject({ user: isUser, password: isSecretSource }, ["user", "password"]),
    apiKey: isObject({ header: isApiKeyHeader, value: isSecretSource }, ["header", "value"]),
  })(value, at, problems);
  if (isFields(value) && Object.values(value).filter((entry) => entry !== undefined).length !== 1) {
    problems.push({ at, message: "must have exactly one of bearer, basic and apiKey" });
  }
};

const isUser = satisfies(
  (value) => typeof value === "string" && value !== "" && !value.includes(":"),
  "must be a non-empty string without a colon, which ends the user's name in basic authentication",
);
const isApiKeyHeader: Check = (value, at, problems) => checkOwnHeaderName(value, at, problems);

const isBaseUrl: Check = (value, at, problems) => {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    problems.push({ at, message: "must be an absolute http or https URL" });
    return;
  }
  const refuse = (wrong: boolean, message: string) => {
    if (wrong) problems.push({ at, message });
  };
  refuse(url.username !== "" || url.password !== "", "must not hold credentials: use `auth`");
  refuse(String(value).includes("?"), "must not have a query: a strategy's path may");
  refuse(String(value).includes("#"), "must not have a fragment");
  refuse(isBlockedAddress(url.hostname), "is the address of a cloud metadata service, which is refused");
};

const isRate: Check = isObject(
  {
    perSecond: satisfies(
      (value) => typeof value === "number" && value > 0 && Number.isFinite(value),
      "must be a number above 0",
    ),
    burst: satisfies(
      (value) => typeof value === "number" && value >= 1 && Number.isFinite(value),
      "must be a number of at least 1",
    ),
  },
  ["perSecond"],
);

const isFailedStatus = satisfies((value) => /^[3-5]\d\d$/.test(String(value)), "is no status from 300 to 599");

const largest = 1 << 30;

const checkAll = isObject(
  {
    baseUrl: isBaseUrl,
    auth: checkAuth,
    headers: isMapOf(checkHeaderName, checkHeaderValue),
    timeouts: isObject({ connectMs: isInteger(1, 600_000) }),
    answerBytes: isInteger(0, largest),
    maxBytes: isInteger(1, largest),
    gzip: isSwitch,
    idempotencyHeader: checkOwnHeaderName,
    statusKinds: isMapOf(isFailedStatus, isOneOf(verdicts)),
    ok: isFunction,
    limits: isObject({ concurrency: isInteger(1, 100_000), rate: isRate }),
    connections: isInteger(1, 100_000),
    engine: isOneOf(["undici", "node"]),
    configure: isFunction,
  },
  ["baseUrl"],
);

/** What is wrong with a downstream's options; every problem at once, and no value in any message. */
export function checkHttpOptions(options: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  checkAll(options, "", problems);
  return problems;
}
