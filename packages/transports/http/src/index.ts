/** Syncline's HTTP transport. */
export type {
  AnswerRules,
  ItemsRule,
  KindsRule,
  NetworkPolicy,
  OkRule,
  OkRules,
  SecretSource,
  TlsOptions,
  Verdict,
} from "@syncline/core/transport-kit";
export type {
  HttpAuth,
  HttpDownstreamOptions,
  HttpHeaders,
  HttpInstance,
  OAuth2Options,
  ProxyOptions,
} from "@syncline/http-client";
export { http } from "./http.ts";
export type { JudgedAnswer, SuccessPredicate } from "./judge-answer.ts";
export type { HttpOptions } from "./options.ts";
export type { QueryKey } from "./query-key.ts";
export type { DeleteOptions, HttpAnswerRules, HttpStrategyOptions } from "./strategy-options.ts";
