import { headerText, parseWait } from "@syncline/core/transport-kit";
import type { HttpHeaders } from "./http-client.ts";

/** Azure, Cosmos DB, OpenAI, Discord. */
const knownWaits = ["retry-after-ms", "x-ms-retry-after-ms", "x-retry-after", "x-ratelimit-reset-after"];
/** What is left, and when there is more: the IETF draft's former names, and what most servers have. */
const buckets = [
  ["ratelimit-remaining", "ratelimit-reset"],
  ["x-ratelimit-remaining", "x-ratelimit-reset"],
  ["x-rate-limit-remaining", "x-rate-limit-reset"],
] as const;

/** What an answer's headers say of a limit, beside Retry-After. */
export interface ToldLimit {
  /** Nothing is left. */
  readonly isReached: boolean;
  readonly waitMs: number | undefined;
}

/**
 * `waitHeaders`: further names of headers that say how long to wait. Where something is left, another
 * limit was meant (of calls at a time, say), of which a reset says nothing.
 */
export function toldLimit(headers: HttpHeaders, now: number, waitHeaders: readonly string[] = []): ToldLimit {
  for (const name of [...waitHeaders, ...knownWaits]) {
    const waitMs = parseWait(headerText(headers, name.toLowerCase()), headers, now, unitOf(name));
    if (waitMs !== undefined) return { isReached: true, waitMs };
  }
  const drafted = draftLimit(headerText(headers, "ratelimit"));
  if (drafted !== undefined) return drafted;
  for (const [remaining, reset] of buckets) {
    const left = headerText(headers, remaining);
    const told = headerText(headers, reset);
    if (left === "" && told === "") continue;
    const isReached = /^0+(\.0+)?$/.test(left);
    const waitMs = left === "" || isReached ? parseWait(told, headers, now) : undefined;
    return { isReached, waitMs };
  }
  return { isReached: false, waitMs: undefined };
}

function unitOf(name: string): "ms" | undefined {
  return /-(?:ms|milliseconds)$/i.test(name) ? "ms" : undefined;
}

const longestList = 2_000;

/**
 * draft-ietf-httpapi-ratelimit-headers: `"burst";r=0;t=5, "day";r=90;t=3600`, or as it was before,
 * `limit=100, remaining=0, reset=50`. The longest of those that are used up.
 */
function draftLimit(text: string): ToldLimit | undefined {
  if (text === "" || text.length > longestList) return undefined;
  const former = /(?:^|,)\s*remaining=(\d{1,12})\b/.exec(text);
  if (former !== null) {
    const isReached = Number(former[1]) === 0;
    const reset = /(?:^|,)\s*reset=(\d{1,12})\b/.exec(text)?.[1];
    return { isReached, waitMs: isReached ? msOf(reset) : undefined };
  }
  let isReached = false;
  let waitMs: number | undefined;
  for (const policy of text.replace(/"[^"]*"/g, '""').split(",")) {
    if (/;\s*r=0+\s*(?:;|$)/.exec(policy) === null) continue;
    isReached = true;
    const ms = msOf(/;\s*t=(\d{1,12})\s*(?:;|$)/.exec(policy)?.[1]);
    if (ms !== undefined && (waitMs === undefined || ms > waitMs)) waitMs = ms;
  }
  return { isReached, waitMs };
}

function msOf(seconds: string | undefined): number | undefined {
  return seconds === undefined || Number(seconds) === 0 ? undefined : Number(seconds) * 1000;
}
