import type { IncomingMessage } from "node:http";
import { isFields } from "./fields.ts";
import { Refusal } from "./refusal.ts";

/** A selection of 1,000 ids has some 20 KB. */
const mostBytes = 64 * 1_024;

/** The JSON object that a request carries; also where a framework in front has read it already. */
export async function bodyOf(request: IncomingMessage): Promise<{ readonly [name: string]: unknown }> {
  // A form of another site cannot say this without asking first.
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "body.type", "The body must be application/json.");
  const read = (request as { body?: unknown }).body;
  const document = read === undefined || request.readable ? parsed(await textOf(request)) : read;
  if (!isFields(document)) throw new Refusal(400, "body.invalid", "The body must be a JSON object.");
  return document;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "body.invalid", "The body is no JSON.");
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Refusal(413, "body.too-large", `The body has more than ${mostBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
