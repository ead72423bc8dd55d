/** Syncline's SOAP transport. */
export type {
  AnswerRules,
  ItemsRule,
  KindsRule,
  OkRule,
  SecretSource,
  TlsOptions,
  Verdict,
} from "@syncline/core/transport-kit";
export type { HttpAuth, HttpInstance } from "@syncline/http-client";
export type { HeaderValue } from "./header-values.ts";
export type { SoapOptions, SoapSecurity } from "./options.ts";
export { soap } from "./soap.ts";
export type { SoapStrategyOptions } from "./strategy-options.ts";
