import { type Pipeline, SynclineError } from "@syncline/core";
import {
  type Check,
  isFields,
  isFunction,
  isInteger,
  isListOf,
  isMapOf,
  isObject,
  isOneOf,
  isSecretSource,
  problemsOf,
  satisfies,
} from "@syncline/core/transport-kit";
import type { Authentication } from "./access/authentication.ts";
import { shortestToken } from "./access/token-list.ts";
import type { CallSource } from "./calls.ts";

/** What the console needs of a pipeline; it need not be started. */
export type ConsolePipeline = Pick<
  Pipeline,
  | "status"
  | "strategies"
  | "health"
  | "lanes"
  | "explain"
  | "preview"
  | "shadow"
  | "deadLetters"
  | "audit"
  | "definitions"
  | "pause"
  | "resume"
  | "backfill"
  | "container"
  | "on"
>;

export interface ConsoleOptions {
  /** One for each database, by the name that people see. */
  readonly pipelines: { readonly [name: string]: ConsolePipeline };
  readonly auth: Authentication;
  /**
   * Where the console hangs in an application whose framework does not take the prefix away (Fastify):
   * `/ops/syncline`. Not needed with Express and Nest, nor for a prefix that a proxy takes away.
   */
  readonly prefix?: string;
  /** Origins that are ours where a proxy in front changes `Host`: `https://ops.example.com`. */
  readonly origins?: readonly string[];
  /**
   * Who sees previews and what shadows would send, which show rows of the database. Default
   * `operator`; `nobody` turns it off.
   */
  readonly preview?: Role | "nobody";
  /**
   * For development: the last calls of pipelines, by the pipeline's name. They show rows, and are for
   * whom previews are.
   */
  readonly calls?: { readonly [pipeline: string]: CallSource };
  /** How old what is shown may be. Default 2,000; the database is asked less often the slower it is. */
  readonly refreshMs?: number;
  /** Of one point of the sparklines, which have 60. Default 30,000. */
  readonly historyMs?: number;
  /** How long a request waits for the database. Default 10,000. */
  readonly timeoutMs?: number;
  /** Told of errors that are nobody's: bugs. Default: standard error. */
  readonly log?: { error(fields: object, message: string): void };
}

type Role = "reader" | "operator";

const isName = satisfies(
  (value) => typeof value === "string" && /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(value),
  "must be a name of 1 to 64 letters, digits, blanks, dots, hyphens and underscores",
);
const isActor = satisfies(
  (value) => typeof value === "string" && value.trim() !== "" && value.length <= 100,
  "must be a name of 1 to 100 characters",
);
const isToken: Check = (value, at, problems) => {
  isSecretSource(value, at, problems);
  if (typeof value === "string" && !/^(env|file):/.test(value) && value.length < shortestToken)
    problems.push({ at, message: `must have at least ${shortestToken} characters` });
};
const hasOwnNames = satisfies(
  (value) => !Array.isArray(value) || new Set(value.map((each) => each?.name)).size === value.length,
  "must each have a name of its own",
);
const isTokens = isListOf(
  isObject({ name: isActor, role: isOneOf(["reader", "operator"]), token: isToken }, ["name", "role", "token"]),
);
const isAuthentication: Check = (value, at, problems) => {
  if (typeof value === "function") return;
  if (!isFields(value)) problems.push({ at, message: "must be a function, or an object with tokens" });
  else {
    isObject({ tokens: isTokens }, ["tokens"])(value, at, problems);
    hasOwnNames(value.tokens, `${at}.tokens`, problems);
  }
};
const isPipeline = satisfies(
  (value) =>
    isFields(value) && ["status", "strategies", "explain", "on"].every((name) => typeof value[name] === "function"),
  "must be a pipeline",
);
const hasOne = satisfies(
  (value) => isFields(value) && Object.keys(value).length > 0,
  "must name at least one pipeline",
);
const isPrefix = satisfies(
  (value) => typeof value === "string" && /^(\/[\w.~-]+)+$/.test(value),
  "must be a path as /ops/syncline, without a slash at its end",
);
const isOrigin = satisfies(
  (value) => typeof value === "string" && URL.canParse(value) && new URL(value).origin === value,
  "must be an origin as https://ops.example.com",
);

const isCallSource = satisfies(
  (value) => isFields(value) && typeof value.sends === "boolean" && typeof value.list === "function",
  "must have list() and sends",
);

const isConsoleOptions: Check = isObject(
  {
    pipelines: (value, at, problems) => {
      isMapOf(isName, isPipeline)(value, at, problems);
      hasOne(value, at, problems);
    },
    auth: isAuthentication,
    prefix: isPrefix,
    origins: isListOf(isOrigin),
    preview: isOneOf(["reader", "operator", "nobody"]),
    calls: isMapOf(isName, isCallSource),
    refreshMs: isInteger(100, 600_000),
    historyMs: isInteger(100, 86_400_000),
    timeoutMs: isInteger(100, 60_000),
    log: (value, at, problems) => isFunction((value as { error?: unknown } | null)?.error, `${at}.error`, problems),
  },
  ["pipelines", "auth"],
);

function callsOfNobody(options: unknown): readonly { readonly at: string; readonly message: string }[] {
  if (!isFields(options) || !isFields(options.calls) || !isFields(options.pipelines)) return [];
  const known = Object.keys(options.pipelines);
  return Object.keys(options.calls)
    .filter((name) => !known.includes(name))
    .map((name) => ({ at: `calls.${name}`, message: "is of no pipeline that this console has" }));
}

/** Errors: `config.invalid`, with every problem. */
export function refuseConsoleOptions(options: unknown): void {
  const problems = [...problemsOf(isConsoleOptions, options), ...callsOfNobody(options)];
  if (problems.length > 0)
    throw new SynclineError("config.invalid", "The options of createConsole() are not usable.", { problems });
}
