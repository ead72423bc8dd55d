import type { WireValue } from "@syncline/core/spi";
import { type Fault, type Slot, slottedText, type TemplateSource } from "./template-slots.ts";
import { jsonOf, textOf } from "./template-values.ts";

/**
 * Bodies as data: JSON in which a text `"{{key.id}}"` stands for a value. A value is placed as the JSON that it
 * is, so nothing that a row holds can become a part of the body around it. Inside of a longer text stand only
 * values that no language reads as more than a word, or that were encoded for where they stand.
 */
export interface BodyTemplate {
  readonly slots: readonly Slot[];
  /** JSON text, or why there is none. */
  render(source: TemplateSource): string | Fault;
}

type Part = string | ((source: TemplateSource) => string | Fault);

/** `checkBodyTemplate` must have found nothing. */
export function parseBodyTemplate(template: WireValue): BodyTemplate {
  const parts: Part[] = [];
  const slots: Slot[] = [];
  addParts(template, parts, slots);
  return { slots, render: (source) => joined(parts, source) };
}

function addParts(value: WireValue, parts: Part[], slots: Slot[]): void {
  if (typeof value === "string") {
    const text = slottedText(value);
    const [only] = text.slots;
    slots.push(...text.slots);
    if (only === undefined) addText(JSON.stringify(value), parts);
    else parts.push(text.isWhole ? (source) => jsonOf(only, source) : (source) => textOf(text, source));
  } else if (typeof value !== "object" || value === null) addText(JSON.stringify(value), parts);
  else {
    const isList = Array.isArray(value);
    addText(isList ? "[" : "{", parts);
    for (const [position, [name, entry]] of Object.entries(value).entries()) {
      addText(`${position > 0 ? "," : ""}${isList ? "" : `${JSON.stringify(name)}:`}`, parts);
      addParts(entry as WireValue, parts, slots);
    }
    addText(isList ? "]" : "}", parts);
  }
}

function addText(text: string, parts: Part[]): void {
  const last = parts.at(-1);
  if (typeof last === "string") parts[parts.length - 1] = last + text;
  else parts.push(text);
}

function joined(parts: readonly Part[], source: TemplateSource): string | Fault {
  let text = "";
  for (const part of parts) {
    const piece = typeof part === "string" ? part : part(source);
    if (typeof piece !== "string") return piece;
    text += piece;
  }
  return text;
}
