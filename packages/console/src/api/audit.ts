import { optionalText, wholeNumber } from "../http/fields.ts";
import type { Request, Route } from "./route.ts";
import type { AuditDocument } from "./shapes.ts";

const mostEntries = 200;

export const audit: readonly Route[] = [
  { method: "GET", path: "audit", role: "reader", fields: ["action", "strategy", "limit", "after"], handle: list },
];

async function list({ watched, fields, timeoutMs }: Request): Promise<AuditDocument> {
  const texts = (["action", "strategy", "after"] as const).map(
    (name) => [name, optionalText(fields, name, 200)] as const,
  );
  const query = {
    ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)),
    limit: wholeNumber(fields, "limit", 1, mostEntries, 50),
  };
  const { items, next } = await watched.reads.run(timeoutMs, () => watched.pipeline.audit.list(query));
  return { items, next: next ?? null };
}
