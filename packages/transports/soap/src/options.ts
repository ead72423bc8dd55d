import type { Problem } from "@syncline/core/spi";
import {
  type Check,
  hasOneOf,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  isSwitch,
  isText,
  problemsOf,
  type SecretSource,
  type StrategyHeaderRules,
  satisfies,
  type Verdict,
  verdicts,
} from "@syncline/core/transport-kit";
import {
  checkOwnHeaderName,
  downstreamChecks,
  downstreamProblems,
  type HttpDownstreamOptions,
  headerProblems,
  isBaseUrl,
  strategyHeaderRules,
} from "@syncline/http-client";
import { checkHeaderValues, type HeaderValue } from "./header-values.ts";
import type { PlanRules } from "./sending-plan.ts";
import { fitsXml } from "./xml/escape.ts";

/** What each envelope proves who we are with. */
export type SoapSecurity =
  | {
      /** WS-Security's UsernameToken, with a time stamp. `digest`: a digest of password, nonce and time instead of the password. */
      readonly usernameToken: { readonly user: string; readonly password: SecretSource; readonly digest?: boolean };
    }
  | {
      /** Body and time stamp are signed (RSA-SHA256). PEM. */
      readonly x509: { readonly key: SecretSource; readonly cert: SecretSource; readonly passphrase?: SecretSource };
    };

/** One downstream over SOAP. HTTP's own options are those of `@syncline/http`. */
export interface SoapOptions extends Omit<HttpDownstreamOptions, "baseUrl"> {
  /**
   * A file's path, or a URL. What is wrong with a file stops the start; what a URL answers holds
   * the lanes that need it.
   */
  readonly wsdl: string;
  /** Where the operations are, whatever the WSDL says. */
  readonly endpoint?: string;
  /** Default 1.1. */
  readonly soapVersion?: "1.1" | "1.2";
  readonly security?: SoapSecurity;
  /** What faults mean at this downstream, by a code, a subcode, or the name of the element in the detail. */
  readonly faultKinds?: { readonly [code: string]: Verdict };
  /** What statuses mean, of answers that are no fault. */
  readonly statusKinds?: { readonly [status: number]: Verdict };
  /** Default `idempotency-key`. */
  readonly idempotencyHeader?: string;
  /**
   * Files in place of what the WSDL imports by a URL, by this URL or the namespace: nothing is fetched
   * from anywhere else than where the WSDL came from.
   */
  readonly imports?: { readonly [urlOrNamespace: string]: string };
  /**
   * Elements of SOAP's header, for each operation whose binding declares them (`soap:header`). A value
   * is constant, or `{ secret }`.
   */
  readonly header?: { readonly [element: string]: HeaderValue };
}

const isUrl = (value: unknown): value is string => typeof value === "string" && /^https?:/i.test(value);

/** As with base URLs, but for the query, which tells many servers the service. */
const isEndpoint: Check = (value, at, problems) =>
  isBaseUrl(typeof value === "string" ? value.replace(/\?.*$/s, "") : value, at, problems);

const isWsdl: Check = (value, at, problems) => (isUrl(value) ? isEndpoint : isText)(value, at, problems);

const isUser = satisfies(
  (value) => typeof value === "string" && value !== "" && fitsXml(value),
  "must be a non-empty string",
);

const checkSecurity: Check = hasOneOf({
  usernameToken: isObject({ user: isUser, password: isSecretSource, digest: isSwitch }, ["user", "password"]),
  x509: isObject({ key: isSecretSource, cert: isSecretSource, passphrase: isSecretSource }, ["key", "cert"]),
});

const isFailedStatus = satisfies((value) => /^[3-9]\d\d$/.test(String(value)), "is no status from 300 to 999");
const { baseUrl: _, ...httpChecks } = downstreamChecks;

const checkAll = isObject(
  {
    ...httpChecks,
    wsdl: isWsdl,
    endpoint: isEndpoint,
    soapVersion: isOneOf(["1.1", "1.2"]),
    security: checkSecurity,
    faultKinds: isMapOf(isText, isOneOf(verdicts)),
    statusKinds: isMapOf(isFailedStatus, isOneOf(verdicts)),
    idempotencyHeader: checkOwnHeaderName,
    imports: isMapOf(isText, isText),
    header: checkHeaderValues,
  },
  ["wsdl"],
);

/** What strategies may set at this downstream, whatever its options are: they may not have been checked. */
export function headerRules(options: unknown): StrategyHeaderRules {
  return strategyHeaderRules(options, ["content-type", "soapaction", "mime-version"]);
}

/** What of a downstream's options makes a plan, whatever they are. */
export function planRules(options: SoapOptions): PlanRules {
  return { headers: headerRules(options), header: options?.header };
}

/** What is wrong with a downstream's options; every problem at once, and no value in any message. */
export function checkSoapOptions(options: unknown): readonly Problem[] {
  const problems = problemsOf(checkAll, options);
  if (problems.length > 0) return problems;
  const { wsdl, endpoint } = options as SoapOptions;
  return [
    ...headerProblems(options as SoapOptions),
    ...(isUrl(wsdl) ? addressProblems(options as SoapOptions, wsdl, "wsdl") : []),
    ...(endpoint === undefined ? [] : addressProblems(options as SoapOptions, endpoint, "endpoint")),
  ];
}

/** What an address cannot be, by its form or by the downstream's policy. */
export function addressProblems(options: SoapOptions, address: string, at: string): readonly Problem[] {
  const problems = problemsOf(isEndpoint, address, at);
  if (problems.length > 0) return problems;
  return downstreamProblems(httpOptions(options, address)).map((problem) =>
    problem.at === "baseUrl" ? { ...problem, at } : problem,
  );
}

export function httpOptions(options: SoapOptions, address: string): HttpDownstreamOptions {
  const {
    wsdl,
    endpoint,
    soapVersion,
    security,
    faultKinds,
    statusKinds,
    idempotencyHeader,
    imports,
    header,
    ...http
  } = options;
  return { ...http, baseUrl: address };
}
