import type { Problem, RateLimit } from "@syncline/core/spi";
import {
  isFunction,
  isInteger,
  isLimits,
  isMapOf,
  isObject,
  isOneOf,
  isSwitch,
  satisfies,
  type Verdict,
  verdicts,
} from "@syncline/core/transport-kit";
import {
  checkAuth,
  checkHeaders,
  checkOwnHeaderName,
  type HttpAuth,
  type HttpInstance,
  isBaseUrl,
} from "@syncline/http-client";
import type { SuccessPredicate } from "./judge-answer.ts";

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

const isFailedStatus = satisfies((value) => /^[3-5]\d\d$/.test(String(value)), "is no status from 300 to 599");

const largest = 1 << 30;

const checkAll = isObject(
  {
    baseUrl: isBaseUrl,
    auth: checkAuth,
    headers: checkHeaders,
    timeouts: isObject({ connectMs: isInteger(1, 600_000) }),
    answerBytes: isInteger(0, largest),
    maxBytes: isInteger(1, largest),
    gzip: isSwitch,
    idempotencyHeader: checkOwnHeaderName,
    statusKinds: isMapOf(isFailedStatus, isOneOf(verdicts)),
    ok: isFunction,
    limits: isLimits,
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
