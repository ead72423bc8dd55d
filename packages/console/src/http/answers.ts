import type { ServerResponse } from "node:http";
import type { Refusal } from "./refusal.ts";

export function answer(response: ServerResponse, status: number, document: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(document, plain) ?? "null";
  response
    .writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
    })
    .end(text);
}

export function refuse(response: ServerResponse, { status, code, message, retryAfterMs }: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  if (retryAfterMs !== undefined) response.setHeader("retry-after", Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  answer(response, status, { error: { code, message } });
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
