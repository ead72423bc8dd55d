import type { XmlElement } from "./xml/read-xml.ts";

// An answer of a few lines may refer to itself, or to what refers to others twice.
const mostFollowed = 10_000;

/** What SOAP's encoding writes once and refers to by `href`, wherever it stands in the body. */
export class References {
  readonly #targets = new Map<string, XmlElement>();
  #left = mostFollowed;

  constructor(body: XmlElement) {
    for (const { children } of [body, ...body.children, ...body.children.flatMap(({ children }) => children)])
      for (const child of children) {
        const id = child.attributes.get("id");
        if (id !== undefined && !this.#targets.has(id)) this.#targets.set(id, child);
      }
  }

  /** The element that is meant; the element itself if it refers to nothing known, or too much was followed. */
  follow(element: XmlElement): XmlElement {
    const href = element.attributes.get("href");
    const target = href?.startsWith("#") === true ? this.#targets.get(href.slice(1)) : undefined;
    if (target === undefined || this.#left <= 0) return element;
    this.#left -= 1;
    const attributes = new Map([...target.attributes].filter(([name]) => name !== "id"));
    return { ...target, attributes };
  }
}
