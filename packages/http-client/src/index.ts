/** The HTTP client that Syncline's transports share: bytes in, bytes out, one attempt; axios' surface over a fast engine. */
export { charsetOf, decodeText, unpackedBody } from "./answer-body.ts";
export type { AwsAuth, AwsCredentials } from "./aws-signature.ts";
export { axiosClient } from "./axios-client.ts";
export type { AxiosClientOptions, HttpInstance } from "./axios-options.ts";
export { classifyFault, classifyStatus } from "./classify.ts";
export type { ConnectorOptions } from "./connector.ts";
export {
  BaseHeaders,
  type CredentialOptions,
  credentialFailure,
  type HttpAuth,
  isRefusedToken,
} from "./credentials.ts";
export {
  downstreamChecks,
  downstreamProblems,
  type HttpDownstream,
  type HttpDownstreamOptions,
  openDownstream,
  prepareDownstream,
} from "./downstream-options.ts";
export {
  checkHeaderName,
  checkHeaderValue,
  checkOwnHeaderName,
  isHeaderName,
  isHeaderValue,
  refuseHeaderSecret,
} from "./header-rules.ts";
export { checkHmac, type HmacOptions, signHmac } from "./hmac-signature.ts";
export type { HttpAnswer, HttpClient, HttpFault, HttpHeaders, HttpRequest } from "./http-client.ts";
export { TokenSource } from "./oauth2.ts";
export { checkHeaders, isBaseUrl } from "./option-checks.ts";
export { withoutOverridden } from "./own-query.ts";
export type { ProxyOptions } from "./proxy-choice.ts";
export { toldLimit } from "./rate-limit-headers.ts";
export { defaultStrategyHeaders, type HeaderOptions, headerProblems, strategyHeaderRules } from "./strategy-headers.ts";
export type { OAuth2Options } from "./token-request.ts";
export { signWebhook } from "./webhook-signature.ts";
