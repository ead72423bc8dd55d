import { keyOf, namespaces } from "./xml/names.ts";
import type { XmlElement } from "./xml/read-xml.ts";

// An answer of a few lines may refer to itself, or to what refers to others twice.
const mostFollowed = 10_000;

const id12 = keyOf(namespaces.encoding12, "id");
const ref12 = keyOf(namespaces.encoding12, "ref");

/**
 * What SOAP's encoding writes once and refers to, wherever it stands in the body: by `href` and `id` in 1.1,
 * by `ref` and `id` of the encoding's own namespace in 1.2.
 */
export class References {
  readonly #targets = new Map<string, XmlElement>();
  #left = mostFollowed;

  constructor(body: XmlElement) {
    const waiting = [...body.children];
    for (const element of waiting) {
      const id = element.attributes.get("id") ?? element.attributes.get(id12);
      if (id !== undefined && !this.#targets.has(id)) this.#targets.set(id, element);
      for (const child of element.children) waiting.push(child);
    }
  }

  /** The element that is meant; the element itself if it refers to nothing known, or too much was followed. */
  follow(element: XmlElement): XmlElement {
    const href = element.attributes.get("href");
    const id = href?.startsWith("#") === true ? href.slice(1) : element.attributes.get(ref12);
    const target = id === undefined ? undefined : this.#targets.get(id);
    if (target === undefined || this.#left <= 0) return element;
    this.#left -= 1;
    const attributes = new Map([...target.attributes].filter(([name]) => name !== "id"));
    return { ...target, attributes };
  }
}
