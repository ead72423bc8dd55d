import * as crypto from "node:crypto";

export interface DeliveryIdParts {
  readonly strategy: string;
  /** Canonical condition text. */
  readonly key: string;
  readonly epoch: number;
  readonly revision: string;
  /** The content's JSON text. */
  readonly json: string;
}

/** Names the algorithm and the framing, so that another one can never give the same input. */
const domain = "syncline-delivery-1";

/**
 * The identity of one content: the same for the same content, another for any other, whatever was sent before. 43
 * characters (SHA-256, base64url).
 */
export function deliveryId({ strategy, key, epoch, revision, json }: DeliveryIdParts): string {
  // Each part is preceded by its length: no part can pass for the end of another one.
  return sha256(
    `${domain}\n${strategy.length}:${strategy}${key.length}:${key}${epoch}:${revision.length}:${revision}${json.length}:${json}`,
  );
}

/** The identity of a call: its only item's, or bound to all of them in their order. */
export function callId(deliveryIds: readonly string[]): string {
  return deliveryIds.length === 1 && deliveryIds[0] !== undefined
    ? deliveryIds[0]
    : sha256(`syncline-call-1\n${deliveryIds.join("\n")}`);
}

/** `crypto.hash` needs no object per digest; it is there from Node 20.12 and 21.7 on. */
function sha256(text: string): string {
  return crypto.hash("sha256", text, "base64url");
}
