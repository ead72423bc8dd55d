import type { Problem } from "@syncline/core/spi";
import {
  isFunction,
  isListOf,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  isSwitch,
  type SecretSource,
  satisfies,
  type Verdict,
  verdicts,
} from "@syncline/core/transport-kit";
import {
  checkOwnHeaderName,
  downstreamChecks,
  downstreamProblems,
  type HttpDownstreamOptions,
} from "@syncline/http-client";
import type { SuccessPredicate } from "./judge-answer.ts";

/** One downstream over HTTP. */
export interface HttpOptions extends HttpDownstreamOptions {
  /** Each call is signed, beside whatever `auth` says. */
  readonly signature?: {
    /** Standard Webhooks, version 1. While keys are changed, both the old and the new one. */
    readonly standardWebhooks: readonly SecretSource[];
  };
  /** Compress bodies of 1 KiB and more. Default false: few servers expect it. */
  readonly gzip?: boolean;
  /** Default `idempotency-key`. */
  readonly idempotencyHeader?: string;
  /** What statuses mean at this downstream, where it differs: `{ 404: "rejected" }`. */
  readonly statusKinds?: { readonly [status: number]: Verdict };
  /** Whether a 2xx answer is a success. Beside it, strategies have their own rules as data. */
  readonly ok?: SuccessPredicate;
}

const isFailedStatus = satisfies((value) => /^[3-5]\d\d$/.test(String(value)), "is no status from 300 to 599");

const checkAll = isObject(
  {
    ...downstreamChecks,
    signature: isObject({ standardWebhooks: isListOf(isSecretSource) }, ["standardWebhooks"]),
    gzip: isSwitch,
    idempotencyHeader: checkOwnHeaderName,
    statusKinds: isMapOf(isFailedStatus, isOneOf(verdicts)),
    ok: isFunction,
  },
  ["baseUrl"],
);

/** What is wrong with a downstream's options; every problem at once, and no value in any message. */
export function checkHttpOptions(options: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  checkAll(options, "", problems);
  return problems.length > 0 ? problems : downstreamProblems(options as HttpOptions);
}
