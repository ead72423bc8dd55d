import { keyOf, localName, namespaceIn, namespaces } from "../xml/names.ts";
import { childOf, type XmlElement } from "../xml/read-xml.ts";
import { isOfEncoding } from "./encoded-arrays.ts";
import { type Definition, nameIn, type SchemaSet, within } from "./schema-set.ts";
import { type AttributeShape, SchemaError, type SimpleShape, type Wildcard, xmlName } from "./shapes.ts";
import { builtIn, type SimpleTypes, typeOfXmlAttribute } from "./simple-types.ts";
import { wildcardOf } from "./wildcards.ts";

const { xsd, xml } = namespaces;

/** The attributes that a type, or a group of attributes, declares. */
export interface Attributes {
  readonly declared: ReadonlyMap<string, AttributeShape>;
  /** Those that a restriction takes away. */
  readonly prohibited: ReadonlySet<string>;
  readonly any: Wildcard | undefined;
}

/** Finds attributes. All throw `SchemaError`. */
export class AttributeTypes {
  readonly #set: SchemaSet;
  readonly #simple: SimpleTypes;
  readonly #known = new Map<XmlElement, Attributes>();

  constructor(set: SchemaSet, simple: SimpleTypes) {
    this.#set = set;
    this.#simple = simple;
  }

  of(definition: Definition): Attributes {
    return this.#set.once(this.#known, definition.node, () => {
      const declared = new Map<string, AttributeShape>();
      const prohibited = new Set<string>();
      let any: Wildcard | undefined;
      for (const child of definition.node.children) {
        if (child.namespace !== xsd) continue;
        const part = within(definition, child);
        if (child.name === "anyAttribute") any = wildcardOf(part);
        if (child.name === "attribute") this.#add(part, declared, prohibited);
        if (child.name === "attributeGroup") any = this.#addGroup(part, declared) ?? any;
      }
      return { declared, prohibited, any };
    });
  }

  #addGroup(part: Definition, declared: Map<string, AttributeShape>): Wildcard | undefined {
    const key = nameIn(part, part.node.attributes.get("ref") ?? "");
    // Of other standards: no row has to have what they declare.
    if (isOf(key, xml) || isOfEncoding(key)) return undefined;
    try {
      const group = this.of(this.#set.get("attributeGroup", key, part));
      this.#set.take(group.declared.size);
      for (const [name, attribute] of group.declared) declared.set(name, attribute);
      return group.any;
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      declared.set(key, { namespace: "", name: localName(key), required: true, type: error.message });
      return undefined;
    }
  }

  #add(part: Definition, declared: Map<string, AttributeShape>, prohibited: Set<string>): void {
    const { node, schema } = part;
    const use = node.attributes.get("use");
    const reference = node.attributes.get("ref");
    const form = node.attributes.get("form") ?? schema.root.attributes.get("attributeFormDefault");
    const ownKey = () => keyOf(form === "qualified" ? schema.namespace : "", node.attributes.get("name") ?? "");
    const key = reference === undefined ? ownKey() : nameIn(part, reference);
    if (use === "prohibited") {
      prohibited.add(key);
      return;
    }
    if (isOfEncoding(key)) return;
    const { type, fixed = node.attributes.get("fixed") } = this.#typeOf(
      part,
      reference === undefined ? undefined : key,
    );
    const name = localName(key);
    const namespace = key.slice(1, -name.length - 1);
    const shape = { namespace, name, required: use === "required", type };
    declared.set(key, fixed === undefined ? shape : { ...shape, fixed });
  }

  /** Of the schema as a whole, or one of XML's own. */
  global(key: string): AttributeShape | undefined {
    const [name, namespace] = [localName(key), namespaceIn(key)];
    const ofXml = typeOfXmlAttribute(key);
    if (!this.#set.has("attribute", key))
      return ofXml === undefined ? undefined : { namespace, name, required: false, type: ofXml };
    const { node, schema } = this.#set.get("attribute", key);
    return { namespace, name, required: false, ...this.#typeOf({ node, schema }, key) };
  }

  #typeOf(part: Definition, reference: string | undefined): { type: AttributeShape["type"]; fixed?: string } {
    try {
      if (reference === undefined) xmlName(part.node.attributes.get("name") ?? "");
      const ofXml = reference === undefined ? undefined : typeOfXmlAttribute(reference);
      if (reference === undefined) return { type: this.#declaredType(part) };
      if (ofXml !== undefined && !this.#set.has("attribute", reference)) return { type: ofXml };
      const global = this.#set.get("attribute", reference, part);
      const fixed = global.node.attributes.get("fixed");
      return { type: this.#declaredType(global), ...(fixed === undefined ? {} : { fixed }) };
    } catch (error) {
      if (error instanceof SchemaError) return { type: error.message };
      throw error;
    }
  }

  #declaredType(declared: Definition): SimpleShape {
    const named = declared.node.attributes.get("type");
    if (named !== undefined) return this.#simple.named(nameIn(declared, named), declared);
    const inner = childOf(declared.node, xsd, "simpleType");
    return inner === undefined ? builtIn("anySimpleType") : this.#simple.of(within(declared, inner));
  }
}

function isOf(key: string, namespace: string): boolean {
  return key === keyOf(namespace, localName(key));
}
