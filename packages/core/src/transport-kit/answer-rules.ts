import type { FailureKind } from "../model/outcome.ts";
import type { WireValue } from "../model/wire.ts";
import { type Check, isFields, isListOf, isMapOf, isObject, isOneOf, isText, satisfies } from "./checks.ts";
import { type Verdict, verdicts } from "./failure.ts";
import { isJsonPath } from "./json-path.ts";

type Scalar = string | number | boolean | null;

/** What must stand at `path`: exactly one of the others is said. */
export interface OkRule {
  readonly path: string;
  /** One of these; numbers and their digits count as equal. */
  readonly in?: readonly Scalar[];
  /** Nothing, or null, in an object or a list that is there itself. */
  readonly absent?: true;
  /** Something that is there and has nothing in it: `[]`, `{}`, `""` or null. */
  readonly empty?: true;
  /** A text, a number or a boolean of this form; `*` stands for any characters. */
  readonly matches?: string;
}

/** One rule, or several that must all hold. */
export type OkRules = OkRule | readonly OkRule[];

/** What the value at `path` means. */
export interface KindsRule {
  readonly path: string;
  readonly map: { readonly [code: string]: Verdict };
  /**
   * What every other code means in an answer that the protocol calls a success, and what one means
   * that `ok` refuses. Default: any other code says nothing, and what `ok` refuses is `transient`.
   */
  readonly default?: Exclude<Verdict, "accepted">;
}

/**
 * A bucket that fills with time, whose numbers stand at these places: how much the call needs, how
 * much is left, and how much comes in each second.
 */
export interface BucketRule {
  readonly needed: string;
  readonly left: string;
  readonly perSecond: string;
}

/**
 * Where an answer lists what became of each item. Without `ok`, every entry is a failure and all others were
 * taken. With `ok`, every item must be listed: one that is not was not taken.
 */
export interface ItemsRule extends EntriesRule {
  /** What each entry of the list satisfies whose item was taken. */
  readonly ok?: OkRules;
  /** Beside `ok`: another list, of the items that were not taken. It may be missing. */
  readonly failures?: EntriesRule;
}

/** A list of entries, and what each says of its item. */
export interface EntriesRule {
  /** The list, in the answer. All paths below are in an entry. */
  readonly path: string;
  /**
   * The item's position in the call, or a list of them: a number, or a pointer that has it as its
   * first step of digits (`/data/3/email`, `items[3].email`). Without `index`, `key` and `names`,
   * entries stand in the items' order.
   */
  readonly index?: string;
  /** What positions are counted from. Default 0. */
  readonly from?: 0 | 1;
  /** The item's key: its only field's value, or an object with all fields; or a list of keys. */
  readonly key?: string;
  /** The entries are an object's members, whose names are the items' positions (`index`) or keys (`key`). */
  readonly names?: "index" | "key";
  /** A code, for the failure's own code and for `map`. */
  readonly code?: string;
  /** A sentence for a person. It is stored with dead letters: name only what holds no business data. */
  readonly message?: string;
  /** How long this item should wait: seconds, over HTTP whatever `Retry-After` may hold. */
  readonly retryAfter?: string;
  /**
   * What codes mean. Over HTTP, a code from 400 to 599 that is not here means what the status does: 404 and
   * 410 to a delete are accepted.
   */
  readonly map?: { readonly [code: string]: Verdict };
  /**
   * What all other failures mean. Default `transient`: it is tried again some times, then it is a
   * dead letter.
   */
  readonly kind?: Verdict;
}

/** How an answer's body is judged, as data. */
export interface AnswerRules {
  readonly ok?: OkRules;
  readonly kinds?: KindsRule;
  readonly items?: ItemsRule;
  /**
   * Where a failed answer says how long to wait: seconds, over HTTP whatever `Retry-After` may
   * hold. What the protocol itself says goes before.
   */
  readonly retryAfter?: string;
  readonly bucket?: BucketRule;
  /**
   * Where a failed answer has a sentence for a person. It is stored with dead letters: see {@link
   * ItemsRule}.
   */
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
const isOrigin = satisfies((value) => value === 0 || value === 1, "must be 0 or 1");
const isTrue = satisfies((value) => value === true, "must be true");
const isPattern = satisfies(
  (value) => typeof value === "string" && value !== "" && value.length <= 256,
  "must be a text of at most 256 characters, in which * stands for any",
);
const tests = { in: isListOf(isScalar), absent: isTrue, empty: isTrue, matches: isPattern };

const checkOkRule: Check = (value, at, problems) => {
  isObject({ path: isPath, ...tests }, ["path"])(value, at, problems);
  if (!isFields(value)) return;
  const given = Object.keys(tests).filter((name) => value[name] !== undefined);
  if (given.length !== 1)
    problems.push({ at, message: `must have one of ${Object.keys(tests).join(", ")}, and has ${given.length}` });
  if (value.path === "" && value.absent !== undefined)
    problems.push({ at: `${at}.absent`, message: "needs a path: the whole body is always there" });
};

const checkOk: Check = (value, at, problems) =>
  (Array.isArray(value) ? isListOf(checkOkRule) : checkOkRule)(value, at, problems);

const failureKinds: readonly string[] = verdicts.filter(
  (verdict): verdict is Exclude<FailureKind, "cancelled"> => verdict !== "accepted",
);

/** `more`: what only some lists have. */
function checkEntries(more: { readonly [name: string]: Check }): Check {
  return (value, at, problems) => {
    const places = { index: isPath, key: isPath, code: isPath, message: isPath, retryAfter: isPath };
    const own = { from: isOrigin, names: isOneOf(["index", "key"]) };
    const others = { ...more, ...own, map: isCodeMap, kind: isOneOf(failureKinds) };
    isObject({ path: isPath, ...places, ...others }, ["path"])(value, at, problems);
    const { index, key, names, from, map, code, ok, failures } = (value ?? {}) as {
      readonly [name: string]: WireValue | undefined;
    };
    if (index !== undefined && key !== undefined) {
      problems.push({ at: `${at}.key`, message: "cannot stand beside `index`: an item is found by one of them" });
    }
    if (names !== undefined && (index ?? key) !== undefined)
      problems.push({
        at: `${at}.names`,
        message: "cannot stand beside `index` or `key`: an item is found by one of them",
      });
    if (from !== undefined && index === undefined && names !== "index")
      problems.push({ at: `${at}.from`, message: "needs `index`: what is counted from it" });
    if (map !== undefined && code === undefined)
      problems.push({ at: `${at}.map`, message: "needs `code`: where the code is" });
    if (failures !== undefined && ok === undefined)
      problems.push({ at: `${at}.failures`, message: "needs `ok`: without it the list is one of failures already" });
  };
}

const checkFailures: Check = (value, at, problems) => {
  checkEntries({})(value, at, problems);
  if (isFields(value) && [value.index, value.key, value.names].every((place) => place === undefined))
    problems.push({ at, message: "needs `index`, `key` or `names`: whose item an entry speaks of" });
};

export const checkAnswerRules: Check = isObject({
  ok: checkOk,
  kinds: isObject({ path: isPath, map: isCodeMap, default: isOneOf(failureKinds) }, ["path", "map"]),
  items: checkEntries({ ok: checkOk, failures: checkFailures }),
  retryAfter: isPath,
  bucket: isObject({ needed: isPath, left: isPath, perSecond: isPath }, ["needed", "left", "perSecond"]),
  message: isPath,
});
