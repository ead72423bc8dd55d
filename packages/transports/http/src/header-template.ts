import type { Problem, SyncCall, SyncItem } from "@syncline/core/spi";
import type { Check } from "@syncline/core/transport-kit";
import { isHeaderValue } from "@syncline/http-client";
import { Fault, type Slot, slottedText, type TemplateSource } from "./template-slots.ts";
import { slotValue, whyMissing } from "./template-values.ts";

/** A strategy's headers: null takes an upsert's from a delete. */
export type StrategyHeaders = { readonly [name: string]: string | null };

/** The headers of one kind of calls. */
export interface HeaderPlan {
  /** Names in lower case. */
  readonly fixed: { readonly [name: string]: string };
  readonly filled: readonly HeaderTemplate[];
}

interface HeaderTemplate {
  readonly name: string;
  readonly literals: readonly string[];
  readonly slots: readonly Slot[];
  readonly isWhole: boolean;
}

export type FilledHeaders = { readonly [name: string]: string } | Fault;

const filters = ["date"];
const names = ["document", "key", "deliveryId", "revision", "version", "operation", "callId", "count"];
/** What neither ends a quoted text nor begins another entry of a list. */
const word = /^[\w.~:@+/=-]{1,1000}$/;
const mostCharacters = 2_000;
const none: { readonly [name: string]: string } = {};

/** `own` goes before `inherited`. All of it must have been checked. */
export function planHeaders(inherited: StrategyHeaders = {}, own: StrategyHeaders = {}): HeaderPlan {
  const all: { [name: string]: string | null } = {};
  for (const [name, value] of [...Object.entries(inherited), ...Object.entries(own)]) all[name.toLowerCase()] = value;
  const fixed: { [name: string]: string } = {};
  const filled: HeaderTemplate[] = [];
  for (const [name, value] of Object.entries(all)) {
    if (value === null) continue;
    const text = slottedText(value);
    if (text.slots.length === 0) fixed[name] = value;
    else filled.push({ name, ...text });
  }
  return { fixed, filled };
}

/** The headers of one call; a fault's message names its header. */
export function fillHeaders({ filled }: HeaderPlan, call: SyncCall, item: SyncItem | undefined): FilledHeaders {
  if (filled.length === 0) return none;
  const headers: { [name: string]: string } = {};
  const source: TemplateSource = { call, position: 0, ...(item === undefined ? {} : { item }) };
  for (const template of filled) {
    const value = fill(template, source);
    if (typeof value !== "string") return new Fault(`the header ${template.name} has no value: ${value.message}`);
    headers[template.name] = value;
  }
  return headers;
}

/** Left out, a condition would be none and overwrite what it protects: a value that is missing is a fault. */
function fill({ literals, slots, isWhole }: HeaderTemplate, source: TemplateSource): string | Fault {
  let text = literals[0] ?? "";
  for (const [index, slot] of slots.entries()) {
    const value = slotValue(slot, source);
    const say = (why: string) => new Fault(`{{${slot.text}}} ${why}`);
    if (value === undefined) return say(whyMissing(slot, source));
    if (value === null) return say("is null");
    if (typeof value === "object") return say("is an object or a list");
    const told = slot.filter === "date" ? dateOf(String(value)) : String(value);
    if (told === undefined) return say("is no time in ISO 8601");
    const fits = isWhole || slot.filter === "date" ? isHeaderValue(told) && told.trim() === told : word.test(told);
    if (!fits || told === "") return say("holds what may not stand there");
    text += told + (literals[index + 1] ?? "");
  }
  return text.length > mostCharacters ? new Fault("it is too long") : text;
}

/** As HTTP writes dates, in whole seconds: rounded down, so that a condition is never laxer than the row. */
function dateOf(text: string): string | undefined {
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toUTCString();
}

/** A header's value taken by itself, with values in it or without. */
export const isHeaderText: Check = (value, at, problems) => {
  if (!isHeaderValue(value)) {
    problems.push({ at, message: "must be a string of printable ASCII characters" });
    return;
  }
  const { literals, slots } = slottedText(value);
  const report = (message: string) => problems.push({ at, message });
  if (literals.some((literal) => literal.includes("{{"))) report("has {{ that begins no {{value}}");
  for (const { text, name, path, filter } of slots) {
    const shown = `{{${text.slice(0, 100)}}}`;
    if (!names.includes(name)) report(`${shown} is no value; there are ${names.join(", ")}`);
    else if ((name === "document" || name === "key") === (path === ""))
      report(path === "" ? `${shown} is no single value` : `${shown} has nothing in it to be named`);
    if (filter !== undefined && !filters.includes(filter))
      report(`${shown} ends in no filter; there is ${filters.join(", ")}`);
  }
};

/** What a strategy's headers name that such a call does not have. `slotProblems`: of a body's values. */
export function headerScopeProblems(
  plan: HeaderPlan,
  at: string,
  slotProblems: (slots: readonly Slot[]) => readonly string[],
  remedy: string,
): readonly Problem[] {
  return plan.filled.flatMap(({ name, slots }) =>
    slotProblems(slots).map((problem) => ({ at: `${at}.${name}`, message: `${problem}${remedy}` })),
  );
}
