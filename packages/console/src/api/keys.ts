import { TOKENS } from "@syncline/core";
import { type Fields, isFields, textOf } from "../http/fields.ts";
import { Refusal } from "../http/refusal.ts";
import type { Request, Route } from "./route.ts";
import type { DictionaryDocument, ExplainDocument, PreviewDocument, ShadowDocument } from "./shapes.ts";

/** Keys are personal data: they travel in bodies, and not in addresses, which are logged. */
export const keys: readonly Route[] = [
  { method: "GET", path: "dictionary", role: "reader", fields: [], handle: dictionary },
  { method: "POST", path: "explain", role: "reader", fields: ["category", "condition"], handle: explain },
];

/** What shows rows. */
export function rowRoutes(role: Route["role"]): readonly Route[] {
  return [
    { method: "POST", path: "preview", role, fields: ["strategy", "condition"], handle: preview },
    { method: "GET", path: "shadows/:name", role, fields: [], handle: shadow },
  ];
}

async function dictionary({ watched }: Request): Promise<DictionaryDocument> {
  const entries = [...watched.pipeline.container.get(TOKENS.Dictionary).values()];
  return {
    categories: entries.map(({ name, fields, source }) => ({ name, fields, hasSource: source !== undefined })),
  };
}

async function explain({ watched, fields, timeoutMs }: Request): Promise<ExplainDocument> {
  const category = textOf(fields, "category", 64);
  return await watched.reads.run(timeoutMs, () => watched.pipeline.explain(category, conditionOf(fields)));
}

async function preview({ watched, fields, timeoutMs }: Request): Promise<PreviewDocument> {
  const strategy = textOf(fields, "strategy", 200);
  return await watched.reads.run(timeoutMs, () => watched.pipeline.preview(strategy, conditionOf(fields)));
}

async function shadow({ watched, name, timeoutMs }: Request): Promise<ShadowDocument> {
  return await watched.reads.run(timeoutMs, () => watched.pipeline.shadow(name));
}

const mostFields = 50;

/** Core says what does not fit the category. */
function conditionOf({ condition }: Fields): { readonly [field: string]: string | number | boolean } {
  const isValue = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);
  if (!isFields(condition) || Object.keys(condition).length > mostFields || !Object.values(condition).every(isValue))
    throw new Refusal(400, "body.invalid", `"condition" must be an object of texts, numbers and booleans.`);
  return condition as { readonly [field: string]: string | number | boolean };
}
