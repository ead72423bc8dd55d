import type { Problem } from "@syncline/core/spi";
import { type Slot, slottedText } from "./template-slots.ts";

const ofItems = ["document", "key", "deliveryId", "revision", "version", "operation", "position"];
const ofCalls = ["items", "callId", "count"];
const names = [...ofItems, ...ofCalls];
const filters = ["text", "number", "json", "segment", "odata"];
/** Encoded for the address that they stand in. */
const addressFilters = ["segment", "odata"];

const mostDepth = 20;

/** Everything that is wrong with a template, each with its place. */
export function checkBodyTemplate(value: unknown, at: string, problems: Problem[], depth = 0): void {
  if (depth > mostDepth) problems.push({ at, message: `is nested more than ${mostDepth} deep` });
  else if (typeof value === "string") checkText(value, at, problems);
  else if (Array.isArray(value))
    for (const [index, entry] of value.entries()) checkBodyTemplate(entry, `${at}[${index}]`, problems, depth + 1);
  else if (typeof value === "object" && value !== null)
    for (const [name, entry] of Object.entries(value)) {
      const place = `${at}.${name.slice(0, 200)}`;
      if (name.includes("{{")) problems.push({ at: place, message: "is a name: values stand in values alone" });
      checkBodyTemplate(entry, place, problems, depth + 1);
    }
  else if (!["number", "boolean"].includes(typeof value) && value !== null)
    problems.push({ at, message: "must be what JSON can say" });
}

function checkText(text: string, at: string, problems: Problem[]): void {
  const report = (message: string) => problems.push({ at, message });
  const { literals, slots, isWhole } = slottedText(text);
  if (literals.some((literal) => literal.includes("{{"))) report("has {{ that begins no {{value}}");
  for (const slot of slots) checkSlot(slot, isWhole, report);
  if (slots.length > 0 && !isWhole) checkSurroundings(literals.join(""), slots, report);
}

function checkSlot({ text, name, path, filter }: Slot, isWhole: boolean, report: (message: string) => void): void {
  const shown = `{{${text.slice(0, 100)}}}`;
  if (!names.includes(name)) report(`${shown} is no value; there are ${names.join(", ")}`);
  else if (path !== "" && name !== "document" && name !== "key") report(`${shown} has nothing in it to be named`);
  else if (path !== "" && path.split(".").includes("")) report(`${shown} has a dot too many`);
  if (filter === undefined) return;
  if (!filters.includes(filter)) report(`${shown} ends in no filter; there are ${filters.join(", ")}`);
  else if (name === "items") report(`${shown} is a list: no filter makes anything else of it`);
  else if (!isWhole && !addressFilters.includes(filter)) report(`${shown} can stand alone only, not inside of a text`);
}

/** What stands around values: an address, an identifier, a sentence; no language of its own. */
function checkSurroundings(literal: string, slots: readonly Slot[], report: (message: string) => void): void {
  if (/["`<>{}\\\p{Cc}]/u.test(literal))
    report("places values inside of code: give them as values of their own (in GraphQL, as variables)");
  if (literal.includes("'") && slots.some(({ filter }) => filter !== "odata"))
    report("places a value between quotes: write {{…|odata}} there");
  for (const { name, path } of slots)
    if (name === "items" || ((name === "document" || name === "key") && path === ""))
      report(`places {{${name}}} inside of a text: it is no single value`);
}
