import type { SoapVersion } from "./wsdl/bindings.ts";
import { namespaces } from "./xml/names.ts";

/** The prefix that headers of WS-Security are written for. */
export const envelopePrefix = "soap";

/** `header`: `undefined` for none; a signature is put into one that is there. */
export function envelopeOf(version: SoapVersion, header: string | undefined, body: string): string {
  const namespace = version === "1.1" ? namespaces.soap11 : namespaces.soap12;
  const prefix = envelopePrefix;
  const start = `<?xml version="1.0" encoding="utf-8"?><${prefix}:Envelope xmlns:${prefix}="${namespace}"`;
  const head = header === undefined ? "" : `<${prefix}:Header>${header}</${prefix}:Header>`;
  return `${start} xmlns:xsi="${namespaces.xsi}">${head}<${prefix}:Body>${body}</${prefix}:Body></${prefix}:Envelope>`;
}

/** How the operation is named beside the envelope. */
export function actionHeaders(version: SoapVersion, action: string): { readonly [name: string]: string } {
  // Header values are ASCII, and an action is a URI.
  const quoted = `"${encodeURI(decodable(action)).replace(/"/g, "%22")}"`;
  if (version === "1.1") return { "content-type": "text/xml; charset=utf-8", soapaction: quoted };
  const parameter = action === "" ? "" : `; action=${quoted}`;
  return { "content-type": `application/soap+xml; charset=utf-8${parameter}` };
}

/** So that what is escaped in it already is not escaped again. */
function decodable(action: string): string {
  try {
    return decodeURI(action);
  } catch {
    return action;
  }
}
