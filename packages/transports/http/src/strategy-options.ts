import type { Problem, Strategy, WireValue } from "@syncline/core/spi";
import {
  type AnswerRules,
  both,
  type Check,
  checkAnswerRules,
  checkHeadersOfStrategy,
  isFields,
  isListOf,
  isObject,
  isOneOf,
  isSwitch,
  isText,
  type StrategyHeaderRules,
  sameHeader,
  satisfies,
} from "@syncline/core/transport-kit";
import { checkHeaderName, checkHeaderValue } from "@syncline/http-client";
import { checkPathTemplate, type PathTemplate, parsePathTemplate, pathnameFields } from "./path-template.ts";
import { areStatusKinds, type StatusKinds } from "./status-kinds.ts";

/** A strategy's `options` for this transport. */
export interface HttpStrategyOptions {
  /**
   * Sent with each call: what the downstream's `strategyHeaders` allows. No secrets: they belong to the
   * downstream.
   */
  readonly headers?: { readonly [name: string]: string };
  /** A batch goes as `{ [wrap]: […] }` instead of a plain list. */
  readonly wrap?: string;
  /** Each item goes as `{ deliveryId, revision, version?, operation, key, body }` instead of the document alone. */
  readonly envelope?: boolean;
  /**
   * How bodies are written. `json` (default): the document, or the list of them. `ndjson`: one per line. `cloudevents`: CloudEvents
   * 1.0 in JSON, each item an event; a list goes as a batch of events.
   */
  readonly format?: "json" | "ndjson" | "cloudevents";
  /** `source`: default `/syncline/<strategy>`. `type`: default the category; the events are `<type>.changed` and `<type>.deleted`. */
  readonly cloudevents?: { readonly source?: string; readonly type?: string };
  /** How a delete is told. Default: `DELETE` to the strategy's path; with `envelope` or events, just as an upsert. */
  readonly delete?: { readonly method?: string; readonly path?: string };
  /**
   * Fields of the path whose values may hold slashes, backslashes, `?` or `#`. They are sent
   * percent-encoded; a proxy that decodes them makes segments of them, so no such value may make a
   * dot segment or a blank one. Any other field's value that holds one, in whatever encoding, is
   * not sent: its item fails.
   */
  readonly slashes?: readonly string[];
  readonly answer?: AnswerRules;
  /**
   * What statuses mean to this strategy's calls, before what the downstream's own `statusKinds` say:
   * `{ 404: "dependency" }`, where an order's customer may not be there yet.
   */
  readonly statusKinds?: StatusKinds;
}

const methods = ["POST", "PUT", "PATCH", "DELETE"];

const isMethod: Check = (value, at, problems) => {
  if (value === "GET" || value === "HEAD")
    problems.push({ at, message: `${value} cannot carry data: use ${methods.join(", ")}` });
  else isOneOf(methods)(value, at, problems);
};

const isPathTemplate: Check = (value, at, problems) => {
  for (const message of checkPathTemplate(value)) problems.push({ at, message });
};

const isEventText = satisfies(
  (value) => typeof value === "string" && /^[\x21-\x7e]{1,256}$/.test(value),
  "must be a text without spaces, of at most 256 characters",
);

/**
 * The body is JSON in UTF-8 whatever is said of it: another type would have a server read it as something
 * else.
 */
const isJsonType =
  /^(?:application|text)\/(?:[\w.!#$&^-]+\+)*(?:json|json-seq|jsonl|jsonlines|ndjson|x-ndjson|x-jsonlines)(?:; ?(?:charset="?utf-8"?|(?!charset)[\w.-]+=(?:"[^"\\]*"|[\w./:+-]+)))*$/i;

const checkHeaders = (rules: StrategyHeaderRules): Check =>
  both(checkHeadersOfStrategy(rules, checkHeaderName, checkHeaderValue), (value, at, problems) => {
    for (const [name, entry] of Object.entries(isFields(value) ? value : {}))
      if (sameHeader(name) === "content-type" && !isJsonType.test(String(entry)))
        problems.push({ at: `${at}.${name}`, message: "must be a type of JSON in UTF-8, as the body is" });
  });

const checkShape = (rules: StrategyHeaderRules) =>
  isObject({
    headers: checkHeaders(rules),
    wrap: satisfies((value) => typeof value === "string" && value !== "", "must be the name of the list's property"),
    envelope: isSwitch,
    format: isOneOf(["json", "ndjson", "cloudevents"]),
    cloudevents: isObject({ source: isEventText, type: isEventText }),
    delete: isObject({ method: isMethod, path: isPathTemplate }),
    slashes: isListOf(isText),
    answer: checkAnswerRules,
    statusKinds: areStatusKinds,
  });

/** One way of telling the downstream something. */
export interface Endpoint {
  readonly method: string;
  readonly path: PathTemplate;
}

/** The parts of a strategy, or of a call, that say how it is sent. */
export interface SendingParts {
  readonly path: string;
  readonly method: string | undefined;
  readonly options: { readonly [name: string]: WireValue };
}

/** What is wrong with the parts taken by themselves. */
export function checkSending(parts: SendingParts, rules: StrategyHeaderRules): readonly Problem[] {
  const problems: Problem[] = [];
  isPathTemplate(parts.path, "path", problems);
  if (parts.method !== undefined) isMethod(parts.method, "method", problems);
  checkShape(rules)(parts.options, "options", problems);
  const { format, wrap, envelope, cloudevents } = (parts.options ?? {}) as HttpStrategyOptions;
  const refuse = (wrong: boolean, at: string, message: string) => {
    if (wrong) problems.push({ at, message });
  };
  const wrapping = wrap !== undefined && format !== undefined && format !== "json";
  refuse(wrapping, "options.wrap", `cannot stand beside \`format: "${format}"\`, which has no list to wrap`);
  refuse(
    envelope === true && format === "cloudevents",
    "options.envelope",
    "cannot stand beside events, which are envelopes already",
  );
  refuse(
    cloudevents !== undefined && format !== "cloudevents",
    "options.cloudevents",
    'has no effect unless `format` is "cloudevents"',
  );
  if (problems.length === 0) problems.push(...slashProblems(parts));
  return problems;
}

function slashProblems({ path, options }: SendingParts): readonly Problem[] {
  const { slashes, delete: gone } = options as HttpStrategyOptions;
  const fields = [path, gone?.path ?? ""].flatMap(pathnameFields);
  return (slashes ?? []).flatMap((field, index) =>
    fields.includes(field)
      ? []
      : [{ at: `options.slashes[${index}]`, message: "is no field of the path before its query" }],
  );
}

export function upsertEndpoint(parts: SendingParts): Endpoint {
  const { slashes } = parts.options as HttpStrategyOptions;
  return { method: parts.method ?? "POST", path: parsePathTemplate(parts.path, slashes) };
}

/** Whether a body says by itself that it is a delete. */
export function describesItself(options: HttpStrategyOptions): boolean {
  return options.envelope === true || options.format === "cloudevents";
}

/** What says by itself that it is a delete goes where everything goes. */
export function deleteEndpoint(parts: SendingParts): Endpoint {
  const options = parts.options as HttpStrategyOptions;
  const method = options.delete?.method ?? (describesItself(options) ? (parts.method ?? "POST") : "DELETE");
  return { method, path: parsePathTemplate(options.delete?.path ?? parts.path, options.slashes) };
}

/** What is wrong with a strategy as a whole; every problem at once. Pure. */
export function checkHttpStrategy(strategy: Strategy, rules: StrategyHeaderRules): readonly Problem[] {
  const problems = [...checkSending(strategy, rules)];
  if (problems.length > 0) return problems;
  const options = strategy.options as HttpStrategyOptions;
  const batched = strategy.batch > 1;
  const keys = Object.keys(strategy.category.fields);
  const { fields } = parsePathTemplate(strategy.path);
  const report = (at: string, message: string) => problems.push({ at, message });
  if (batched && fields.length > 0) {
    report(
      "path",
      `{${fields[0]}} has no single value in a call of many items: use a fixed path, or leave \`batch\` at 1`,
    );
  }
  if (strategy.rows === "many" && !batched) {
    for (const field of fields.filter((field) => !keys.includes(field))) {
      report(
        "path",
        `{${field}} has no single value with \`rows: "many"\`: only key fields (${keys.join(", ")}) may stand here`,
      );
    }
  }
  if (!batched && options.format === "ndjson")
    report("options.format", "`ndjson` writes lists, and without `batch` above 1 there is none");
  if (!batched && options.wrap !== undefined)
    report("options.wrap", "wraps a list, and without `batch` above 1 there is none");
  if (!batched && options.answer?.items !== undefined)
    report("options.answer.items", "needs `batch` above 1: one item is the whole call");
  if (strategy.whenAbsent === "delete") checkDelete(strategy, options, batched, keys, report);
  else if (options.delete !== undefined) report("options.delete", 'has no effect unless `whenAbsent` is "delete"');
  return problems;
}

function checkDelete(
  strategy: Strategy,
  options: HttpStrategyOptions,
  batched: boolean,
  keys: readonly string[],
  report: (at: string, message: string) => void,
): void {
  const at = options.delete?.path === undefined ? "path" : "options.delete.path";
  const { method, path } = deleteEndpoint(strategy);
  const remedy = at === "path" ? "; give `options.delete.path`" : "";
  const [first] = path.fields;
  if (batched) {
    if (first !== undefined && at !== "path") report(at, `{${first}} has no single value in a call of many items`);
    return;
  }
  const foreign = path.fields.filter((field) => !keys.includes(field));
  for (const field of foreign)
    report(at, `{${field}} is not known of a delete, which has only its key (${keys.join(", ")})${remedy}`);
  // `DELETE /orders` for one order would ask to delete all of them.
  const missing = keys.filter((field) => !path.fields.includes(field));
  if (method === "DELETE" && !describesItself(options) && missing.length > 0) {
    report(
      at,
      `does not say what to delete: a DELETE must name the whole key, and {${missing.join("}, {")}} is missing${remedy}`,
    );
  }
}
