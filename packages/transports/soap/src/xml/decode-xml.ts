import { decodeText } from "@syncline/http-client";
import { XmlError } from "./read-xml.ts";

const declared = /^[^<]*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)/;

/**
 * A document as text, by the charset that a header names, or by its own declaration. Of a description, which is
 * read strictly, names and values would be others than somebody meant. Throws `XmlError`.
 */
export function decodeXml(body: Uint8Array, charset?: string, isStrict = false): string {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 200)).toString("latin1");
  try {
    return decodeText(body, charset ?? declared.exec(head)?.[1], isStrict);
  } catch (error) {
    throw new XmlError(
      error instanceof RangeError ? "is in an encoding that is not known" : "is not in the encoding that it names",
    );
  }
}
