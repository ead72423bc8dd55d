import type { Problem } from "@syncline/core/spi";
import {
  hasOneOf,
  isFunction,
  isListOf,
  isObject,
  isSecretSource,
  isSwitch,
  problemsOf,
  type SecretSource,
  type StrategyHeaderRules,
  satisfies,
} from "@syncline/core/transport-kit";
import {
  checkHeaderName,
  checkHmac,
  checkOwnHeaderName,
  defaultStrategyHeaders,
  downstreamChecks,
  downstreamProblems,
  type HmacOptions,
  type HttpDownstreamOptions,
  headerProblems,
  strategyHeaderRules,
} from "@syncline/http-client";
import type { SuccessPredicate } from "./judge-answer.ts";
import type { QueryKey } from "./query-key.ts";
import { areStatusKinds, type StatusKinds } from "./status-kinds.ts";

/** One downstream over HTTP. */
export interface HttpOptions extends HttpDownstreamOptions {
  /** Each call is signed, beside whatever `auth` says. */
  readonly signature?:
    | {
        /** Standard Webhooks, version 1. While keys are changed, both the old and the new one. */
        readonly standardWebhooks: readonly SecretSource[];
      }
    /** Any other HMAC of the body, told in headers. */
    | { readonly hmac: HmacOptions };
  /** An API key in the query, beside or instead of `auth`. It stands in no log, error or preview of ours. */
  readonly queryKey?: QueryKey;
  /** Compress bodies of 1 KiB and more. Default false: few servers expect it. */
  readonly gzip?: boolean;
  /** Default `idempotency-key`. */
  readonly idempotencyHeader?: string;
  /** What statuses mean at this downstream, where it differs: `{ 404: "rejected" }`. */
  readonly statusKinds?: StatusKinds;
  /**
   * Headers of answers that say how long a throttled call should wait, beside Retry-After, `RateLimit`,
   * `RateLimit-Reset`, `X-RateLimit-Reset` and `Retry-After-Ms`: seconds or a time; milliseconds where
   * the name ends in `-ms` or `-milliseconds`.
   */
  readonly waitHeaders?: readonly string[];
  /** Whether a 2xx answer is a success. Beside it, strategies have their own rules as data. */
  readonly ok?: SuccessPredicate;
}

const isParameter = satisfies(
  (value) => typeof value === "string" && /^[A-Za-z0-9_.-]{1,100}$/.test(value),
  "must be the name of a parameter: letters, digits, _ . -",
);

const checkAll = isObject(
  {
    ...downstreamChecks,
    queryKey: isObject({ name: isParameter, value: isSecretSource }, ["name", "value"]),
    signature: hasOneOf({ standardWebhooks: isListOf(isSecretSource), hmac: checkHmac }),
    gzip: isSwitch,
    idempotencyHeader: checkOwnHeaderName,
    statusKinds: areStatusKinds,
    waitHeaders: isListOf(checkHeaderName),
    ok: isFunction,
  },
  ["baseUrl"],
);

/** What strategies may set at this downstream, whatever its options are: they may not have been checked. */
export function headerRules(options: unknown): StrategyHeaderRules {
  const rules = strategyHeaderRules(options, []);
  // The type of a body is a strategy's where nothing else is said, since the method or the interface may ask
  // for another.
  return rules.allowed === defaultStrategyHeaders ? { ...rules, allowed: [...rules.allowed, "content-type"] } : rules;
}

/** What is wrong with a downstream's options; every problem at once, and no value in any message. */
export function checkHttpOptions(options: unknown): readonly Problem[] {
  const problems = problemsOf(checkAll, options);
  if (problems.length > 0) return problems;
  return [...downstreamProblems(options as HttpOptions), ...headerProblems(options as HttpOptions)];
}
