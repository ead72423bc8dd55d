import { createHmac } from "node:crypto";
import { SecretError, type SecretKeeper, type SecretSource } from "@syncline/core/transport-kit";

const prefix = "whsec_";

/**
 * The headers of Standard Webhooks (standardwebhooks.com, version 1): HMAC-SHA-256 over `id.timestamp.body`. With several
 * keys each signs, so that a receiver may change its own at any time. `body` is what the receiver reads, before any
 * compression.
 */
export async function signWebhook(
  keys: readonly SecretSource[],
  keeper: SecretKeeper,
  message: { readonly id: string; readonly body: string; readonly now: number },
): Promise<{ readonly [header: string]: string }> {
  const timestamp = String(Math.floor(message.now / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signatures: string[] = [];
  for (const source of keys) {
    const secret = (await keeper.resolve(source)).reveal();
    signatures.push(`v1,${createHmac("sha256", keyBytes(secret)).update(signed).digest("base64")}`);
  }
  return {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
  };
}

/** `whsec_` and base64, as the specification has it; the prefix may be left out. */
function keyBytes(secret: string): Buffer {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  const bytes = Buffer.from(text, "base64");
  if (bytes.length < 16 || bytes.toString("base64").replace(/(?<!=)=+$/, "") !== text.replace(/(?<!=)=+$/, ""))
    throw new SecretError("the webhook's key is not base64 of 16 bytes or more, with or without whsec_ before it");
  return bytes;
}
