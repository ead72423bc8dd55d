import type { Problem } from "@syncline/core/spi";
import {
  type AnswerRules,
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
import { checkHeaderName } from "@syncline/http-client";
import {
  bodyFormChecks,
  bodyPartChecks,
  formats,
  hasParts,
  partProblems,
  type Report,
  reporting,
} from "./body-options.ts";
import { checkConflict } from "./conflict.ts";
import { deleteFormat, describesItself, type SendingParts } from "./endpoints.ts";
import { isHeaderText, type StrategyHeaders } from "./header-template.ts";
import { checkPathTemplate, pathnameFields } from "./path-template.ts";
import { areStatusKinds } from "./status-kinds.ts";
import type { HttpStrategyOptions } from "./strategy-options.ts";

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

const isXmlType = /^(?:application|text)\/(?:[\w.!#$&^-]+\+)?xml(?:; ?charset="?utf-8"?)?$/i;

const checkHeaders = (rules: StrategyHeaderRules): Check =>
  checkHeadersOfStrategy(rules, checkHeaderName, isHeaderText);

const checkHeadersOfDeletes = (rules: StrategyHeaderRules): Check =>
  checkHeadersOfStrategy(rules, checkHeaderName, (value, at, problems) => {
    if (value !== null) isHeaderText(value, at, problems);
  });

function typeProblems(
  { format = "json" }: HttpStrategyOptions,
  headers: StrategyHeaders | undefined,
  within: string,
  report: Report,
): void {
  for (const [name, entry] of Object.entries(isFields(headers) ? headers : {})) {
    if (sameHeader(name) !== "content-type" || entry === null) continue;
    const at = `${within}.headers.${name}`;
    if (format === "form") report(at, "cannot be chosen: a form has one type");
    else if (format === "xml" && !isXmlType.test(String(entry)))
      report(at, "must be a type of XML in UTF-8, as the body is");
    else if (format !== "xml" && !isJsonType.test(String(entry)))
      report(at, "must be a type of JSON in UTF-8, as the body is");
  }
}

const checkAnswer: Check = (value, at, problems) => {
  if (!isFields(value)) return checkAnswerRules(value, at, problems);
  const { lines, ...rules } = value;
  checkAnswerRules(rules, at, problems);
  if (lines === undefined) return;
  isSwitch(lines, `${at}.lines`, problems);
  const { items } = rules as AnswerRules;
  if (lines === true && (items === undefined || items.path !== ""))
    problems.push({ at: `${at}.lines`, message: 'needs `items` with the path "": the lines are its entries' });
  if (lines === true && (rules.ok !== undefined || rules.kinds !== undefined))
    problems.push({ at: `${at}.lines`, message: "makes a list of the body, in which `ok` and `kinds` find nothing" });
};

const checkShape = (rules: StrategyHeaderRules) =>
  isObject({
    headers: checkHeaders(rules),
    wrap: satisfies((value) => typeof value === "string" && value !== "", "must be the name of the list's property"),
    envelope: isSwitch,
    format: isOneOf(formats),
    ...bodyPartChecks,
    ...bodyFormChecks,
    cloudevents: isObject({ source: isEventText, type: isEventText }),
    delete: isObject({
      method: isMethod,
      path: isPathTemplate,
      format: isOneOf(["json", "ndjson"]),
      ...bodyPartChecks,
      answer: checkAnswer,
      headers: checkHeadersOfDeletes(rules),
    }),
    onConflict: checkConflict(isPathTemplate),
    slashes: isListOf(isText),
    answer: checkAnswer,
    statusKinds: areStatusKinds,
  });

/** What is wrong with the parts taken by themselves. */
export function checkSending(parts: SendingParts, rules: StrategyHeaderRules): readonly Problem[] {
  const problems: Problem[] = [];
  isPathTemplate(parts.path, "path", problems);
  if (parts.method !== undefined) isMethod(parts.method, "method", problems);
  checkShape(rules)(parts.options, "options", problems);
  const options = (parts.options ?? {}) as HttpStrategyOptions;
  const { format, wrap, envelope, cloudevents } = options;
  const report = reporting(problems);
  typeProblems(options, options.headers, "options", report);
  typeProblems(options, options.delete?.headers, "options.delete", report);
  const refuse = (wrong: boolean, at: string, message: string) => {
    if (wrong) report(at, message);
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
  refuse(
    wrap !== undefined && hasParts(options),
    "options.wrap",
    "cannot stand beside `item` and `body`: write it into `body`",
  );
  refuse(envelope === true && (format === "form" || format === "xml"), "options.envelope", "is JSON");
  refuse((format === "xml") !== (options.xml !== undefined), "options.xml", 'and `format: "xml"` need each other');
  refuse(options.form !== undefined && format !== "form", "options.form", 'has no effect unless `format` is "form"');
  if (problems.length > 0) return problems;
  partProblems(options, format ?? "json", describesItself(options), "options", report);
  if (options.delete !== undefined)
    partProblems(options.delete, deleteFormat(options), describesItself(options), "options.delete", report);
  if (problems.length === 0) problems.push(...slashProblems(parts));
  return problems;
}

function slashProblems({ path, options }: SendingParts): readonly Problem[] {
  const { slashes, delete: gone, onConflict } = options as HttpStrategyOptions;
  const reading = onConflict?.read?.path ?? "";
  const fields = [path, gone?.path ?? "", reading].flatMap(pathnameFields);
  return (slashes ?? []).flatMap((field, index) =>
    fields.includes(field)
      ? []
      : [{ at: `options.slashes[${index}]`, message: "is no field of the path before its query" }],
  );
}
