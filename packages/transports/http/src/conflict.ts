import type { Failure, SyncItem } from "@syncline/core/spi";
import {
  type Check,
  failure,
  isFields,
  isInteger,
  isListOf,
  isObject,
  isOneOf,
  isText,
  valueAt,
} from "@syncline/core/transport-kit";
import {
  charsetOf,
  checkHeaderName,
  decodeText,
  type HttpAnswer,
  type HttpFault,
  unpackedBody,
} from "@syncline/http-client";
import { compareVersions } from "./compare-versions.ts";

/** Where an answer says which version the downstream has: a header such as `etag`, or a place in its JSON. */
export type VersionPlace = { readonly header: string } | { readonly path: string };

/**
 * What a conflict means: an item is accepted where the downstream has its state, or a newer one. Of
 * single calls: a list's entries have codes.
 */
export interface ConflictRules {
  /** Default 409 and 412. */
  readonly statuses?: readonly number[];
  /** Where the conflict's answer says it. */
  readonly version?: VersionPlace;
  /** Where it does not: one GET. `path`: default the call's own. */
  readonly read?: { readonly path?: string; readonly version: VersionPlace };
  /**
   * What the downstream's version is compared with. Default `version` with `versionColumn`,
   * otherwise `revision`.
   */
  readonly compare?: "version" | "revision";
}

/** Of a conflict: who has the newer state. `undefined`: nothing says it. */
export type ConflictVerdict = "accepted" | Failure | undefined;

const isPlace: Check = (value, at, problems) => {
  isObject({ header: checkHeaderName, path: isText })(value, at, problems);
  if (isFields(value) && Object.keys(value).length !== 1)
    problems.push({ at, message: "must have exactly one of header and path" });
};

export function checkConflict(isPathTemplate: Check): Check {
  const check = isObject({
    statuses: isListOf(isInteger(400, 499)),
    version: isPlace,
    read: isObject({ path: isPathTemplate, version: isPlace }, ["version"]),
    compare: isOneOf(["version", "revision"]),
  });
  return (value, at, problems) => {
    check(value, at, problems);
    if (isFields(value) && value.version === undefined && value.read === undefined)
      problems.push({ at, message: "needs `version` or `read`: nothing else says what the downstream has" });
  };
}

export function isConflict(rules: ConflictRules | undefined, status: number): rules is ConflictRules {
  return rules !== undefined && (rules.statuses ?? [409, 412]).includes(status);
}

/** `read`: the one GET, asked where the answer itself does not tell. */
export async function judgeConflict(
  rules: ConflictRules,
  answer: HttpAnswer,
  item: SyncItem,
  isDelete: boolean,
  mostBytes: number,
  read: () => Promise<HttpAnswer | HttpFault | Failure>,
): Promise<ConflictVerdict> {
  const ours = rules.compare === "revision" ? item.revision : (item.version ?? item.revision);
  const told = rules.version === undefined ? undefined : versionIn(answer, rules.version, mostBytes);
  const { status } = answer;
  if (told !== undefined) return verdictOf(ours, told, status);
  if (rules.read === undefined) return undefined;
  const found = await read();
  if ("kind" in found) return found;
  if ("fault" in found) return unread(status, "no answer");
  if (isDelete && (found.status === 404 || found.status === 410)) return "accepted";
  if (found.status < 200 || found.status > 299)
    return found.status === 404 ? undefined : unread(status, String(found.status));
  const version = found.truncated ? undefined : versionIn(found, rules.read.version, mostBytes);
  return version === undefined ? undefined : verdictOf(ours, version, status);
}

function verdictOf(ours: string, theirs: string, status: number): ConflictVerdict {
  const order = compareVersions(theirs, ours);
  if (order === undefined) return undefined;
  if (order >= 0) return "accepted";
  const words = `answered ${status}, though the version that it has is older: something else is in the way`;
  return failure("transient", "http.conflict", words, "no");
}

function unread(status: number, how: string): Failure {
  const words = `answered ${status}, and which version it has could not be read (${how})`;
  return failure("transient", "http.conflict", words, "no");
}

function versionIn(answer: HttpAnswer, place: VersionPlace, mostBytes: number): string | undefined {
  if ("header" in place) {
    const value = answer.headers[place.header.toLowerCase()];
    return typeof value === "string" ? value : undefined;
  }
  if (answer.truncated) return undefined;
  const body = unpackedBody(answer, mostBytes);
  if (body === undefined) return undefined;
  try {
    const found = valueAt(JSON.parse(decodeText(body, charsetOf(answer.headers["content-type"]))), place.path);
    // A number that JavaScript has rounded may be the neighbour's.
    if (typeof found === "number") return Number.isSafeInteger(found) ? String(found) : undefined;
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}
