import { decodeText } from "@syncline/http-client";
import { XmlError } from "./read-xml.ts";

const declared = /^[^<]*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/;

/**
 * A document as text, by the charset that a header names, or by its own declaration. Throws
 * `XmlError`.
 */
export function decodeXml(body: Uint8Array, charset?: string): string {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 200)).toString("latin1");
  try {
    return decodeText(body, charset ?? declared.exec(head)?.[1]);
  } catch {
    throw new XmlError("is in an encoding that is not known");
  }
}
