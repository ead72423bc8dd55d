import type { WireValue } from "@syncline/core/spi";
import type { ReceivedItem } from "@syncline/testkit";
import { namespaces } from "../xml/names.ts";
import { readXml, type XmlElement } from "../xml/read-xml.ts";

const nil = `{${namespaces.xsi}}nil`;

/** The items of a message for the inbox, as its schema has them. */
export function readItems(text: string): readonly ReceivedItem[] {
  const envelope = readXml(text);
  const request = envelope.children.find(({ name }) => name === "Body")?.children[0];
  if (request === undefined) return [];
  return itemsIn(request).map(itemOf);
}

function itemsIn(request: XmlElement): readonly XmlElement[] {
  if (!request.name.endsWith("All")) return [request];
  const [only] = request.children;
  return only?.name === "items" ? only.children : request.children;
}

function itemOf(item: XmlElement): ReceivedItem {
  const part = (name: string) => item.children.find((child) => child.name === name);
  const orderId = part("orderId")?.text;
  const json = part("json")?.text;
  const order = part("order");
  return {
    key: orderId === undefined ? undefined : { orderId },
    revision: part("revision")?.text,
    body: json !== undefined ? (JSON.parse(json) as WireValue) : order === undefined ? null : documentOf(order),
  };
}

const repeated = new Set(["text", "double"]);

function documentOf(element: XmlElement): WireValue {
  if (element.attributes.get(nil) === "true") return null;
  if (element.children.length === 0 && !["order", "customer", "parent"].includes(element.name)) return leafOf(element);
  const document: { [name: string]: WireValue } = {};
  for (const [name, value] of element.attributes) document[`@${name}`] = name === "vip" ? value === "true" : value;
  for (const child of element.children) {
    const value = documentOf(child);
    const before = document[child.name];
    if (!repeated.has(child.name)) document[child.name] = value;
    else document[child.name] = [...(Array.isArray(before) ? (before as readonly WireValue[]) : []), value];
  }
  return document;
}

function leafOf({ name, text }: XmlElement): WireValue {
  if (name === "truth") return text === "true";
  return name === "double" ? Number(text) : text;
}
