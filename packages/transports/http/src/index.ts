/** Syncline's HTTP transport. */
export type { AnswerRules, ItemsRule, KindsRule, OkRule } from "./answer-rules.ts";
export type { HttpInstance } from "./axios-client.ts";
export type { Verdict } from "./classify.ts";
export { http } from "./http.ts";
export type { HttpHeaders } from "./http-client.ts";
export type { JudgedAnswer, SuccessPredicate } from "./judge-answer.ts";
export type { HttpAuth, HttpOptions } from "./options.ts";
export type { SecretSource } from "./secrets.ts";
export type { HttpStrategyOptions } from "./strategy-options.ts";
