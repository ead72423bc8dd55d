import type { SyncCall, SyncItem, WireValue } from "@syncline/core/spi";
import { type BodyForms, type BodyParts, type Format, hasParts } from "./body-options.ts";
import { type BodyTemplate, parseBodyTemplate } from "./body-template.ts";
import { cloudEvent } from "./cloud-event.ts";
import type { HttpStrategyOptions } from "./strategy-options.ts";
import type { Fault } from "./template-slots.ts";
import { writeForm } from "./write-form.ts";
import { writeXml } from "./write-xml.ts";

/** What could not be written of an item; without `index`, of the whole. */
export interface BodyFault {
  readonly index: number | undefined;
  readonly message: string;
}

export type Written = { readonly body: string | undefined } | { readonly faults: readonly BodyFault[] };

/** Writes the bodies of one strategy's upserts, or of its deletes. */
export class BodyWriter {
  readonly #options: HttpStrategyOptions;
  readonly #format: Format;
  readonly #item: BodyTemplate | undefined;
  readonly #body: BodyTemplate | undefined;
  readonly #lines: readonly BodyTemplate[];
  readonly #wrap: string | undefined;
  readonly #isPlain: boolean;
  /** A single item has a body at all. */
  readonly #hasBody: boolean;

  /** `hasBody`: false for a `DELETE` that says in its path what is gone. */
  constructor(options: HttpStrategyOptions, parts: BodyParts, format: Format, hasBody: boolean) {
    const { item, body, lines } = parts;
    this.#options = options;
    this.#format = format;
    this.#item = item === undefined ? undefined : parseBodyTemplate(item);
    this.#body = body === undefined ? undefined : parseBodyTemplate(body);
    this.#lines = (lines ?? []).map(parseBodyTemplate);
    this.#wrap = hasParts(parts) || format !== "json" ? undefined : options.wrap;
    this.#isPlain = !hasParts(parts) && format === "json" && options.envelope !== true;
    this.#hasBody = hasBody || hasParts(parts);
  }

  contentType(asList: boolean): string {
    switch (this.#format) {
      case "json":
        return "application/json";
      case "ndjson":
        return "application/x-ndjson";
      case "form":
        return "application/x-www-form-urlencoded";
      case "xml":
        return "application/xml";
      case "cloudevents":
        return asList ? "application/cloudevents-batch+json" : "application/cloudevents+json";
    }
  }

  write(call: SyncCall, asList: boolean): Written {
    const [first] = call.items;
    if (!asList && (first === undefined || !this.#hasBody)) return { body: undefined };
    // Hot path: documents are joined as they were printed, and nothing is asked of each.
    if (asList && this.#isPlain) return { body: this.#list(call.items.map((item) => plainText(call, item))) };
    if (this.#isPlain && first !== undefined) return { body: plainText(call, first) };
    const texts: string[] = [];
    const faults: BodyFault[] = [];
    const takesItems = asList || this.#body === undefined;
    for (const [index, item] of takesItems ? call.items.entries() : []) {
      const text = this.#itemText(call, item, index);
      if (typeof text === "string") texts.push(text);
      else faults.push({ index, message: text.message });
    }
    if (faults.length > 0) return { faults };
    const text = this.#whole(call, texts, asList);
    const body = typeof text === "string" ? this.#encoded(text) : text;
    return typeof body === "string" ? { body } : { faults: this.#atFault(call, asList, body) };
  }

  /** Whose the fault is that the body as a whole has: each item is asked alone. */
  #atFault(call: SyncCall, asList: boolean, { message }: Fault): readonly BodyFault[] {
    if (call.items.length === 1) return [{ index: 0, message }];
    const found = call.items.flatMap((item, index) => {
      const alone = this.write({ ...call, items: [item] }, asList);
      return "faults" in alone ? alone.faults.map((fault) => ({ index, message: fault.message })) : [];
    });
    return found.length > 0 ? found : [{ index: undefined, message }];
  }

  #itemText(call: SyncCall, item: SyncItem, position: number): string | Fault {
    if (this.#lines.length > 0) {
      let text = "";
      for (const line of this.#lines) {
        const rendered = line.render({ call, item, position });
        if (typeof rendered !== "string") return rendered;
        text += `${rendered}\n`;
      }
      return text;
    }
    if (this.#item !== undefined) return this.#item.render({ call, item, position });
    if (this.#format === "cloudevents") return cloudEvent(call, item, this.#options);
    return this.#options.envelope === true ? envelope(call, item) : plainText(call, item);
  }

  #whole(call: SyncCall, texts: readonly string[], asList: boolean): string | Fault {
    if (this.#format === "ndjson")
      return this.#lines.length > 0 ? texts.join("") : texts.map((text) => `${text}\n`).join("");
    if (!asList) {
      const [item] = call.items;
      return this.#body === undefined || item === undefined
        ? (texts[0] ?? "")
        : this.#body.render({ call, item, position: 0 });
    }
    return this.#body === undefined
      ? this.#list(texts)
      : this.#body.render({ call, position: 0, items: `[${texts.join(",")}]` });
  }

  #list(texts: readonly string[]): string {
    const list = `[${texts.join(",")}]`;
    return this.#wrap === undefined ? list : `{${JSON.stringify(this.#wrap)}:${list}}`;
  }

  #encoded(text: string): string | Fault {
    const { form, xml }: BodyForms = this.#options;
    if (this.#format === "form") return writeForm(JSON.parse(text) as WireValue, form?.lists ?? "indices");
    if (this.#format !== "xml" || xml === undefined) return text;
    return writeXml(JSON.parse(text) as WireValue, xml);
  }
}

function plainText(call: SyncCall, item: SyncItem): string {
  return call.operation === "delete" ? JSON.stringify(item.key) : item.json;
}

function envelope(call: SyncCall, item: SyncItem): string {
  const { deliveryId, revision, version, key } = item;
  const head = JSON.stringify({ deliveryId, revision, version, operation: call.operation, key });
  return `${head.slice(0, -1)},"body":${call.operation === "delete" ? "null" : item.json}}`;
}
