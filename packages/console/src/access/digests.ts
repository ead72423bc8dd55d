import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** In a time that does not depend on how much is right: digests are compared. */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

export function seal(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
