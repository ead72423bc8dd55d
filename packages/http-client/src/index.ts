/** The HTTP client that Syncline's transports share: bytes in, bytes out, one attempt; axios' surface over a fast engine. */
export { type AxiosClientOptions, axiosClient, type HttpInstance } from "./axios-client.ts";
export { isBlockedAddress } from "./blocked-addresses.ts";
export { classifyFault, classifyStatus } from "./classify.ts";
export { BaseHeaders, type CredentialOptions, type HttpAuth } from "./credentials.ts";
export {
  checkHeaderName,
  checkHeaderValue,
  checkOwnHeaderName,
  isHeaderName,
  isHeaderValue,
} from "./header-rules.ts";
export type { HttpAnswer, HttpClient, HttpFault, HttpHeaders, HttpRequest } from "./http-client.ts";
export { checkAuth, checkHeaders, isBaseUrl, refuseHeaderSecret } from "./option-checks.ts";
export { parseRetryAfter } from "./retry-after.ts";
