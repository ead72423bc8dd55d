/**
 * What every transport would otherwise write for itself, whatever its protocol: secrets that never show, checks of options,
 * answer rules as data, the words of a call that was given up. It loads nothing but core's model.
 */

export { exactNumber } from "./adapter-kit/exact-number.ts";
export { visibleText } from "./model/visible-text.ts";
export { addressFailure } from "./transport-kit/address-failure.ts";
export {
  AddressGuard,
  type AddressPolicy,
  isBlockedAddress,
  isNetwork,
  type NetworkPolicy,
  resolveJudged,
} from "./transport-kit/addresses.ts";
export type {
  AnswerRules,
  BucketRule,
  EntriesRule,
  ItemsRule,
  KindsRule,
  OkRule,
  OkRules,
} from "./transport-kit/answer-rules.ts";
export { checkAnswerRules, demandSuccess } from "./transport-kit/answer-rules.ts";
export {
  type Abortable,
  type AbortListener,
  isAborted,
  offAbort,
  onAbort,
  signalOf,
} from "./transport-kit/call-context.ts";
export {
  both,
  type Check,
  type Fields,
  hasOneOf,
  isFields,
  isFunction,
  isInteger,
  isLimits,
  isListOf,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  isSwitch,
  isText,
  isTextOf,
  problemsOf,
  satisfies,
} from "./transport-kit/checks.ts";
export { cleanText } from "./transport-kit/clean-text.ts";
export { Deadlines, type Due } from "./transport-kit/deadlines.ts";
export { failed, failure, stopped, type Verdict, verdicts } from "./transport-kit/failure.ts";
export { httpStatusEffect, httpStatusKind } from "./transport-kit/http-status.ts";
export { isJsonPath, valueAt } from "./transport-kit/json-path.ts";
export { answerSentence, judgeDocument, ruledVerdict } from "./transport-kit/judge-document.ts";
export type { CodeMeaning, Judging } from "./transport-kit/judging.ts";
export { checkNetwork, hostProblem } from "./transport-kit/network-checks.ts";
export { problemWords } from "./transport-kit/problem-words.ts";
export { headerText, parseRetryAfter, parseWait } from "./transport-kit/retry-after.ts";
export { pathsOf } from "./transport-kit/rule-values.ts";
export {
  Secret,
  SecretError,
  SecretKeeper,
  type SecretSource,
  secretFailure,
} from "./transport-kit/secrets.ts";
export { shownUrl } from "./transport-kit/shown-url.ts";
export {
  checkHeadersOfStrategy,
  checkStrategyHeaders,
  reservedHeader,
  type StrategyHeaderRules,
  sameHeader,
  strategyHeaderProblem,
} from "./transport-kit/strategy-headers.ts";
export { suggestion } from "./transport-kit/suggestion.ts";
export { synclineHeaders } from "./transport-kit/syncline-headers.ts";
export { checkTls } from "./transport-kit/tls-checks.ts";
export { isTlsCode } from "./transport-kit/tls-codes.ts";
export { type TlsMaterials, type TlsOptions, tlsMaterials } from "./transport-kit/tls-materials.ts";
export { toldWaitMs } from "./transport-kit/told-wait.ts";
export { unlessAborted } from "./transport-kit/unless-aborted.ts";
