import type { Problem, Strategy, WireValue } from "@syncline/core/spi";
import { type Check, isObject, isOneOf, satisfies } from "@syncline/core/transport-kit";
import { parseBodyTemplate } from "./body-template.ts";
import { checkBodyTemplate } from "./template-checks.ts";
import type { Slot } from "./template-slots.ts";
import type { FormLists } from "./write-form.ts";
import { isXmlName, type XmlShape } from "./write-xml.ts";

export const formats = ["json", "ndjson", "cloudevents", "form", "xml"] as const;
export type Format = (typeof formats)[number];

/**
 * What a body says, as data: JSON in which texts such as `"{{key.id}}"` stand for values. There are `document`,
 * `key`, `deliveryId`, `revision`, `version`, `operation`, `position` (from 0), `callId`, `count`; `document.a.b`
 * and `key.id` for what is in them; and `items` in the body of a list.
 */
export interface BodyParts {
  /** How each item of a list is written. Default: the document, of a delete the key. */
  readonly item?: WireValue;
  /** The body as a whole. Of a list it has `{{items}}` in it. */
  readonly body?: WireValue;
  /** With `ndjson`: the lines of each item, such as an action and a document. */
  readonly lines?: readonly WireValue[];
}

/** How all bodies of a strategy are written. */
export interface BodyForms {
  readonly form?: { readonly lists?: FormLists };
  readonly xml?: XmlShape;
}

const isTemplate: Check = (value, at, problems) => checkBodyTemplate(value, at, problems);
const isLines: Check = (value, at, problems) => {
  if (!Array.isArray(value) || value.length === 0) problems.push({ at, message: "must be a list of lines" });
  else for (const [index, line] of value.entries()) checkBodyTemplate(line, `${at}[${index}]`, problems);
};
const isElement = satisfies(isXmlName, "must be a name of an XML element, without a prefix");
const isNamespace = satisfies(
  (value) => typeof value === "string" && /^[\x21-\x7e]{1,500}$/.test(value),
  "must be the name of a namespace",
);

export const bodyPartChecks = { item: isTemplate, body: isTemplate, lines: isLines };
export const bodyFormChecks = {
  form: isObject({ lists: isOneOf(["indices", "brackets", "repeat"]) }),
  xml: isObject({ root: isElement, item: isElement, namespace: isNamespace }, ["root"]),
};

export type Report = (at: string, message: string) => void;

/** Whether a strategy says by itself what its bodies are. */
export function hasParts({ item, body, lines }: BodyParts): boolean {
  return item !== undefined || body !== undefined || lines !== undefined;
}

/** Parts that contradict each other, or their format. `parts` have been checked. */
export function partProblems(parts: BodyParts, format: Format, isEnvelope: boolean, at: string, report: Report): void {
  const named = (["item", "body", "lines"] as const).filter((name) => parts[name] !== undefined);
  if (isEnvelope && named[0] !== undefined)
    report(`${at}.${named[0]}`, "cannot stand beside envelopes or events, which are bodies already");
  if (parts.lines !== undefined && format !== "ndjson") report(`${at}.lines`, 'needs `format: "ndjson"`');
  if (parts.lines !== undefined && parts.item !== undefined) report(`${at}.item`, "cannot stand beside `lines`");
  if (parts.body !== undefined && format === "ndjson")
    report(`${at}.body`, "cannot stand beside `ndjson`, which has lines");
  if (format !== "form" && format !== "xml") return;
  for (const name of named)
    if (slotsOf(parts[name]).some(({ filter }) => filter === "number"))
      report(
        `${at}.${name}`,
        `has a number to be written as it is: a body of \`${format}\` is text, so leave the filter out`,
      );
}

export function slotsOf(template: WireValue | undefined): readonly Slot[] {
  return template === undefined ? [] : parseBodyTemplate(template).slots;
}

/** What the parts of an operation lack, or have too much, for this strategy. They contradict nothing by themselves. */
export function scopeProblems(
  strategy: Strategy,
  parts: BodyParts,
  asList: boolean,
  operation: "upsert" | "delete",
  at: string,
  report: Report,
): void {
  const { item, body, lines } = parts;
  const places: (readonly [string, WireValue | undefined])[] = [
    ["item", item],
    ["body", body],
    ...(lines ?? []).map((line, index) => [`lines[${index}]`, line] as const),
  ];
  for (const [name, template] of places)
    for (const problem of slotProblems(strategy, slotsOf(template), name === "body" && asList, operation))
      report(`${at}.${name}`, problem);
  if (asList && body !== undefined && !slotsOf(body).some(({ name }) => name === "items"))
    report(`${at}.body`, "has no {{items}}: what the list holds would not be sent");
  if (!asList && body !== undefined && item !== undefined)
    report(`${at}.item`, "has no effect beside `body`, since a call has one item");
  const says = slotsOfItem(parts, asList);
  if (says === undefined) return;
  const [where] = lines !== undefined ? ["lines"] : item !== undefined ? ["item"] : ["body"];
  if (operation === "upsert" && !says.some(({ name }) => name === "document" || name === "key"))
    report(`${at}.${where}`, "has neither the document nor the key: it would say the same of every item");
}

/** What is written of each item; `undefined`: the default, which says it all. */
function slotsOfItem({ item, body, lines }: BodyParts, asList: boolean): readonly Slot[] | undefined {
  if (lines !== undefined) return lines.flatMap(slotsOf);
  if (item !== undefined) return slotsOf(item);
  return asList || body === undefined ? undefined : slotsOf(body);
}

/** The fields of the key that a delete's body does not name. */
export function unnamedKeys(parts: BodyParts, asList: boolean, keys: readonly string[]): readonly string[] {
  const says = slotsOfItem(parts, asList);
  if (says === undefined) return [];
  const named = says.filter(({ name }) => name === "key").map(({ path }) => path);
  return named.includes("") ? [] : keys.filter((field) => !named.includes(field));
}

export function slotProblems(
  strategy: Strategy,
  slots: readonly Slot[],
  isOfList: boolean,
  operation: "upsert" | "delete",
): readonly string[] {
  const keys = Object.keys(strategy.category.fields);
  return slots.flatMap(({ text, name, path }) => {
    const say = (words: string) => [`{{${text}}} ${words}`];
    if (name === "items") return isOfList ? [] : say("stands only in the `body` of a list");
    if (isOfList && name !== "callId" && name !== "count" && name !== "operation")
      return say("has no single value in a call of many items: it belongs to `item`");
    if (name === "document" && operation === "delete")
      return say(`is not known of a delete, which has only its key (${keys.join(", ")})`);
    if (name === "key" && path !== "" && !keys.includes(path))
      return say(`is no field of the key (${keys.join(", ")})`);
    if (name === "version" && strategy.versionColumn === undefined) return say("needs the strategy's `versionColumn`");
    return [];
  });
}

/** For the checks of what stands beside each other. */
export function reporting(problems: Problem[]): Report {
  return (at, message) => problems.push({ at, message });
}
