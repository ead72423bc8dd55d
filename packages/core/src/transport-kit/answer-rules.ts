import type { FailureKind } from "../model/outcome.ts";
import type { WireValue } from "../model/wire.ts";
import { type Check, isListOf, isMapOf, isObject, isOneOf, isText, satisfies } from "./checks.ts";
import { type Verdict, verdicts } from "./failure.ts";
import { isJsonPath } from "./json-path.ts";

type Scalar = string | number | boolean | null;

/** The value at `path` must be one of `in`; numbers and their digits count as equal. */
export interface OkRule {
  readonly path: string;
  readonly in: readonly Scalar[];
}

/** What the value at `path` means. */
export interface KindsRule {
  readonly path: string;
  readonly map: { readonly [code: string]: Verdict };
}

/** Where an answer lists what became of each item. Every entry is a failure, unless `ok` says otherwise. */
export interface ItemsRule {
  /** The list, in the answer. All paths below are in an entry. */
  readonly path: string;
  /** The item's position in the call, from 0. Without `index` and `key`, entries stand in the items' order. */
  readonly index?: string;
  /** The item's key: its only field's value, or an object with all fields. */
  readonly key?: string;
  readonly ok?: OkRule;
  /** A code, for the failure's own code and for `map`. */
  readonly code?: string;
  /** A sentence for a person. It is stored with dead letters: name only what holds no business data. */
  readonly message?: string;
  /** What codes mean. Over HTTP, a code from 400 to 599 that is not here means what the status does. */
  readonly map?: { readonly [code: string]: Verdict };
  /** What all other failures mean. Default `transient`: it is tried again some times, then it is a dead letter. */
  readonly kind?: Verdict;
}

/** How an answer's body is judged, as data. */
export interface AnswerRules {
  readonly ok?: OkRule;
  readonly kinds?: KindsRule;
  readonly items?: ItemsRule;
  /** Where a failed answer has a sentence for a person. It is stored with dead letters: see {@link ItemsRule}. */
  readonly message?: string;
}

/**
 * Whether rules say what a success is. The others explain failures: an answer that says nothing has
 * none to explain.
 */
export function demandSuccess({ ok, items }: AnswerRules): boolean {
  return ok !== undefined || items?.ok !== undefined;
}

const isPath: Check = satisfies(isJsonPath, "must be a path of names joined by dots, such as error.code");
const isScalar: Check = satisfies(
  (value) => value === null || ["string", "number", "boolean"].includes(typeof value),
  "must be a string, a number, a boolean or null",
);
const isVerdict = isOneOf(verdicts);
const isCodeMap = isMapOf(isText, isVerdict);
const checkOk = isObject({ path: isPath, in: isListOf(isScalar) }, ["path", "in"]);

export const checkAnswerRules: Check = isObject({
  ok: checkOk,
  kinds: isObject({ path: isPath, map: isCodeMap }, ["path", "map"]),
  items: (value, at, problems) => {
    const fields = { index: isPath, key: isPath, ok: checkOk, code: isPath, message: isPath, map: isCodeMap };
    isObject({ path: isPath, ...fields, kind: isOneOf(failureKinds) }, ["path"])(value, at, problems);
    const { index, key, map, code } = (value ?? {}) as { readonly [name: string]: WireValue | undefined };
    if (index !== undefined && key !== undefined) {
      problems.push({ at: `${at}.key`, message: "cannot stand beside `index`: an item is found by one of them" });
    }
    if (map !== undefined && code === undefined)
      problems.push({ at: `${at}.map`, message: "needs `code`: where the code is" });
  },
  message: isPath,
});

const failureKinds: readonly string[] = verdicts.filter(
  (verdict): verdict is Exclude<FailureKind, "cancelled"> => verdict !== "accepted",
);
