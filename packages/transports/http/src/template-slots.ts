import type { SyncCall, SyncItem } from "@syncline/core/spi";

/** What a template's values are taken from. */
export interface TemplateSource {
  readonly call: SyncCall;
  /** Of a template for one item, and for a call of one. */
  readonly item?: SyncItem;
  readonly position: number;
  /** Of a template for a list: its items, as JSON text. */
  readonly items?: string;
}

export class Fault {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** A value's place in a template. */
export interface Slot {
  /** As it is written, without braces. */
  readonly text: string;
  /** `document`, `key`, … */
  readonly name: string;
  /** Within it; `""`: all of it. */
  readonly path: string;
  readonly filter: string | undefined;
}

const placeholder = /\{\{([^{}]*)\}\}/;

/** Texts and values by turns; a text comes first and last, be it empty. */
export interface SlottedText {
  readonly literals: readonly string[];
  readonly slots: readonly Slot[];
  /** There is one value, and no text around it. */
  readonly isWhole: boolean;
}

export function slottedText(text: string): SlottedText {
  const pieces = text.split(placeholder);
  const literals = pieces.filter((_, index) => index % 2 === 0);
  const slots = pieces.filter((_, index) => index % 2 === 1).map(slotOf);
  return { literals, slots, isWhole: slots.length === 1 && literals.join("") === "" };
}

function slotOf(written: string): Slot {
  const [place = "", filter] = written.split("|").map((part) => part.trim());
  const [name = "", ...path] = place.split(".");
  return { text: written.trim(), name, path: path.join("."), filter };
}
