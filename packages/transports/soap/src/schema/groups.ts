import { namespaces } from "../xml/names.ts";
import type { XmlElement } from "../xml/read-xml.ts";
import { type Definition, nameIn, type SchemaSet, within } from "./schema-set.ts";
import {
  type AnyShape,
  type ElementShape,
  emptyContent,
  type GroupShape,
  type Occurs,
  once,
  type Particle,
  SchemaError,
} from "./shapes.ts";
import { wildcardOf } from "./wildcards.ts";

const { xsd } = namespaces;
const models = new Set(["sequence", "choice", "all", "group"]);

type Declare = (definition: Definition, namespace: string, occurs: Occurs) => ElementShape;

/** What may stand in a type: its elements, and how they are grouped. */
export class Groups {
  readonly #set: SchemaSet;
  readonly #declare: Declare;
  readonly #known = new Map<XmlElement, GroupShape>();
  readonly #members = new Map<string, readonly ElementShape[]>();

  constructor(set: SchemaSet, declare: Declare) {
    this.#set = set;
    this.#declare = declare;
  }

  /** Of a type, a step of its derivation, or a named group. Throws `SchemaError`. */
  contentOf(definition: Definition): GroupShape {
    const model = definition.node.children.find(({ namespace, name }) => namespace === xsd && models.has(name));
    return model === undefined ? emptyContent : this.#groupOf(within(definition, model));
  }

  #groupOf(definition: Definition): GroupShape {
    const { node } = definition;
    return this.#set.once(this.#known, node, () => {
      if (node.name === "group") {
        const named = this.#set.get("group", nameIn(definition, node.attributes.get("ref") ?? ""), definition);
        return { kind: "sequence", ...occursOf(node), parts: [this.contentOf(named)] };
      }
      const parts = node.children.flatMap((child) => this.#particleOf(within(definition, child)));
      return { kind: node.name === "choice" ? "choice" : "sequence", ...occursOf(node), parts };
    });
  }

  /** What cannot be made is refused where it is needed, and not where it stands. */
  #particleOf(definition: Definition): readonly Particle[] {
    const { node } = definition;
    const isParticle = models.has(node.name) || node.name === "element" || node.name === "any";
    if (node.namespace !== xsd || !isParticle) return [];
    const occurs = occursOf(node);
    if (occurs.max === 0) return [];
    try {
      if (models.has(node.name)) return [this.#groupOf(definition)];
      if (node.name === "any") return [{ kind: "any", ...occurs, ...wildcardOf(definition) } satisfies AnyShape];
      return [this.#elementOf(definition, occurs)];
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      return [{ kind: "unusable", ...occurs, reason: error.message }];
    }
  }

  #elementOf(definition: Definition, occurs: Occurs): Particle {
    const { node, schema } = definition;
    const reference = node.attributes.get("ref");
    if (reference !== undefined) return this.#reference(nameIn(definition, reference), definition, occurs);
    const form = node.attributes.get("form") ?? schema.root.attributes.get("elementFormDefault");
    return this.#declare(definition, form === "qualified" ? schema.namespace : "", occurs);
  }

  /** A global element, or one of those that may stand in its place. */
  #reference(key: string, from: Definition, occurs: Occurs): Particle {
    const isForeign = key === schemaKey && !this.#set.has("element", key);
    if (isForeign) return { ...foreignSchema, ...occurs };
    const head = this.#set.get("element", key, from);
    const members = this.#membersOf(key);
    const isAbstract = head.node.attributes.get("abstract") === "true";
    if (isAbstract && members.length === 0)
      throw new SchemaError(`the element ${key} is abstract, and no other may stand in its place`);
    if (members.length === 0) return this.#declare(head, head.schema.namespace, occurs);
    return { kind: "choice", ...occurs, parts: members };
  }

  /** The element itself first, unless it is abstract; none if it stands alone. */
  #membersOf(key: string): readonly ElementShape[] {
    const kept = this.#members.get(key);
    if (kept !== undefined) return kept;
    const others = this.#set.membersOf(key);
    const found = (others.length === 0 ? [] : [key, ...others])
      .map((member) => this.#set.get("element", member))
      .filter(({ node }) => node.attributes.get("abstract") !== "true")
      .map((member) => this.#declare(member, member.schema.namespace, once));
    this.#members.set(key, found);
    return found;
  }
}

const schemaKey = `{${xsd}}schema`;

/** .NET's data sets carry their own schema. */
const foreignSchema: ElementShape = {
  kind: "element",
  namespace: xsd,
  name: "schema",
  ...once,
  nillable: false,
  type: {
    kind: "complex",
    abstract: false,
    content: {
      kind: "sequence",
      ...once,
      parts: [{ kind: "any", min: 0, max: Number.POSITIVE_INFINITY, allows: () => true, isStrict: false }],
    },
    attributes: [],
    anyAttribute: { allows: () => true, isStrict: false },
    text: undefined,
  },
};

function occursOf({ attributes }: XmlElement): Occurs {
  const max = (attributes.get("maxOccurs") ?? "1").trim();
  return {
    min: Number(attributes.get("minOccurs") ?? "1"),
    max: max === "unbounded" ? Number.POSITIVE_INFINITY : Number(max),
  };
}
