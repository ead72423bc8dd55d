const body = `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Taken xmlns="urn:bench"/></s:Body></s:Envelope>`;

export const soapAnswer = {
  headers: { "content-type": "text/xml; charset=utf-8", "content-length": body.length },
  body,
} as const;

/** The start tag of an id, with the prefix that its sender has chosen. */
export function soapMarker(request: string): string {
  return /<(?:[\w-]+:)?id>/.exec(request)?.[0] ?? "<id>";
}
