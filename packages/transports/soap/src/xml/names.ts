/** Namespaces that the standards fix. */
export const namespaces = {
  wsdl: "http://schemas.xmlsoap.org/wsdl/",
  wsdlSoap11: "http://schemas.xmlsoap.org/wsdl/soap/",
  wsdlSoap12: "http://schemas.xmlsoap.org/wsdl/soap12/",
  xsd: "http://www.w3.org/2001/XMLSchema",
  xsi: "http://www.w3.org/2001/XMLSchema-instance",
  soap11: "http://schemas.xmlsoap.org/soap/envelope/",
  wsdlMime: "http://schemas.xmlsoap.org/wsdl/mime/",
  encoding: "http://schemas.xmlsoap.org/soap/encoding/",
  encoding12: "http://www.w3.org/2003/05/soap-encoding",
  rpc12: "http://www.w3.org/2003/05/soap-rpc",
  xml: "http://www.w3.org/XML/1998/namespace",
  soap12: "http://www.w3.org/2003/05/soap-envelope",
} as const;

/** A name in a namespace, as a key: `{namespace}name`. */
export function keyOf(namespace: string, name: string): string {
  return `{${namespace}}${name}`;
}

export function localName(key: string): string {
  return key.slice(key.lastIndexOf("}") + 1);
}

/** What a prefixed name in an attribute means, as a key. One with a prefix that nothing declares is nobody's. */
export function resolveName(text: string, prefixes: { readonly [prefix: string]: string }): string {
  const name = text.trim();
  const at = name.indexOf(":");
  if (at < 0) return keyOf(prefixes[""] ?? "", name);
  const prefix = name.slice(0, at);
  return keyOf(prefixes[prefix] ?? `of the prefix ${prefix}, which is not declared`, name.slice(at + 1));
}

/** The namespace of a key. */
export function namespaceIn(key: string): string {
  return key.slice(1, key.lastIndexOf("}"));
}
