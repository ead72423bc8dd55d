import type { AnswerRules, BucketRule } from "./answer-rules.ts";
import { valueAt } from "./json-path.ts";
import { isScalar } from "./rule-values.ts";

/** A text that an answer holds, as how long to wait, in milliseconds; `undefined`: it is no time. */
export type ReadWait = (text: string) => number | undefined;

/** How long an answer's document asks to wait; `undefined`: it does not say, or no time. */
export function toldWaitMs(
  { retryAfter, bucket }: Pick<AnswerRules, "retryAfter" | "bucket">,
  body: unknown,
  readWait: ReadWait = secondsOf,
): number | undefined {
  const told = retryAfter === undefined ? undefined : valueAt(body, retryAfter);
  const asked = isScalar(told) ? readWait(String(told)) : undefined;
  return asked ?? (bucket === undefined ? undefined : untilFilledMs(bucket, body));
}

/** No time, and what is none, is no wish. */
export function secondsOf(text: string): number | undefined {
  return /^\d{1,9}(\.\d+)?$/.test(text) ? wishOf(Math.ceil(Number(text) * 1000)) : undefined;
}

function untilFilledMs({ needed, left, perSecond }: BucketRule, body: unknown): number | undefined {
  const [most, has, rate] = [needed, left, perSecond].map((path) => numberAt(body, path));
  if (most === undefined || has === undefined || rate === undefined || !(rate > 0)) return undefined;
  return wishOf(Math.ceil(((most - has) / rate) * 1000));
}

function numberAt(body: unknown, path: string): number | undefined {
  const value = valueAt(body, path);
  const number = typeof value === "number" || (typeof value === "string" && value !== "") ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function wishOf(ms: number): number | undefined {
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}
