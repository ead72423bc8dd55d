import { keyOf, localName, namespaces } from "../xml/names.ts";
import { childOf, type XmlElement } from "../xml/read-xml.ts";
import { AttributeTypes } from "./attributes.ts";
import { arrayOf, entryTypeOf, isArray } from "./encoded-arrays.ts";
import { Groups } from "./groups.ts";
import { type Definition, nameIn, type SchemaSet, within } from "./schema-set.ts";
import {
  type AttributeShape,
  type ComplexShape,
  type ElementShape,
  emptyContent,
  type GroupShape,
  lazy,
  type Occurs,
  once,
  SchemaError,
  type SimpleShape,
  type TypeShape,
  type Wildcard,
  xmlName,
} from "./shapes.ts";
import { builtIn, isBuiltIn, isKnownBuiltIn, SimpleTypes } from "./simple-types.ts";

const { xsd } = namespaces;

/** Shapes of a WSDL's elements and types, each made once, when it is first asked for. All throw `SchemaError`. */
export class Shapes {
  readonly set: SchemaSet;
  readonly #simple: SimpleTypes;
  readonly #attributes: AttributeTypes;
  readonly #groups: Groups;
  readonly #types = new Map<XmlElement, ComplexShape>();
  readonly #derived = new Map<string, TypeShape>();

  constructor(set: SchemaSet) {
    this.set = set;
    this.#simple = new SimpleTypes(set);
    this.#attributes = new AttributeTypes(set, this.#simple);
    this.#groups = new Groups(set, (definition, namespace, occurs) => this.#declared(definition, namespace, occurs));
  }

  /** A global element, as often as `occurs` says. */
  element(key: string, occurs: Occurs = once): ElementShape {
    const definition = this.set.get("element", key);
    if (definition.node.attributes.get("abstract") === "true")
      throw new SchemaError(`the element ${key} is abstract: it never stands in a message itself`);
    return this.#declared(definition, definition.schema.namespace, occurs);
  }

  /** An element that is not in any schema: a part of an RPC message. */
  part(name: string, typeKey: string): ElementShape {
    return lazy({ kind: "element", namespace: "", name: xmlName(name), ...once, nillable: false }, () =>
      this.type(typeKey),
    );
  }

  type(key: string, from?: Definition): TypeShape {
    // Some WSDLs put types of their own beside XML Schema's.
    const isOwn = key.startsWith(keyOf(xsd, "")) && !isKnownBuiltIn(key) && this.set.has("type", key);
    if (isBuiltIn(key) && !isOwn) return builtIn(localName(key));
    if (isArray(key)) return arrayOf("item", () => builtIn("anyType"));
    const definition = this.set.get("type", key, from);
    return definition.node.name === "simpleType" ? this.#simple.of(definition) : this.#complex(definition);
  }

  /** A global attribute, or one of XML's own. */
  attribute(key: string): AttributeShape | undefined {
    return this.#attributes.global(key);
  }

  /** As `element`, or a sentence that says why there is none. */
  elementOrReason(key: string): ElementShape | string {
    try {
      return this.element(key);
    } catch (error) {
      if (error instanceof SchemaError) return `cannot be expressed: ${error.message}`;
      throw error;
    }
  }

  /** The type that a document names in place of the one declared, or a sentence that says why it may not. */
  derived(declared: TypeShape, name: string): TypeShape | string {
    const id = `${declared.typeName} ${name}`;
    const kept = this.#derived.get(id);
    if (kept !== undefined) return kept;
    const found = this.#find(declared, name.trim());
    if (found.length !== 1)
      return found.length === 0
        ? "names no type that may stand there"
        : "names several types: {namespace}name tells them apart";
    const [key = ""] = found;
    const type = this.type(key);
    if (type.kind === "complex" && type.abstract) return "names an abstract type";
    this.#derived.set(id, type);
    return type;
  }

  /** The names of the types that may stand in place of an abstract one. */
  concreteBelow({ typeName }: ComplexShape): readonly string[] {
    const below = typeName === undefined ? [] : this.set.derivedFrom(typeName);
    return below.filter((key) => this.set.get("type", key).node.attributes.get("abstract") !== "true").map(localName);
  }

  #find({ typeName }: TypeShape, name: string): readonly string[] {
    const isAny = typeName === keyOf(xsd, "anyType") || typeName === keyOf(xsd, "anySimpleType");
    const keys = this.#keysOf(name);
    if (isAny) return keys.filter((key) => isKnownBuiltIn(key) || this.set.has("type", key));
    if (typeName === undefined) return [];
    const allowed = new Set([typeName, ...this.set.derivedFrom(typeName)]);
    return keys.filter((key) => allowed.has(key));
  }

  /** By its own namespace, by a prefix of the WSDL, or whatever has the name. */
  #keysOf(name: string): readonly string[] {
    if (name.startsWith("{")) return [name];
    const [prefix, local] = name.split(":", 2);
    if (local === undefined) return [...new Set([...this.set.named("type", name), keyOf(xsd, name)])];
    const namespace = this.set.namespaceOf(prefix ?? "");
    return namespace === undefined ? [] : [keyOf(namespace, local)];
  }

  #declared(definition: Definition, namespace: string, occurs: Occurs): ElementShape {
    const { node } = definition;
    const nillable = ["true", "1"].includes(node.attributes.get("nillable") ?? "");
    const fixed = node.attributes.get("fixed");
    const name = xmlName(node.attributes.get("name") ?? "");
    const shape = { kind: "element", namespace, name, ...occurs, nillable } as const;
    return lazy(fixed === undefined ? shape : { ...shape, fixed }, () => {
      const named = node.attributes.get("type");
      if (named !== undefined) return this.type(nameIn(definition, named), definition);
      const simple = childOf(node, xsd, "simpleType");
      if (simple !== undefined) return this.#simple.of(within(definition, simple));
      const complex = childOf(node, xsd, "complexType");
      if (complex !== undefined) return this.#complex(within(definition, complex));
      const head = node.attributes.get("substitutionGroup");
      return head === undefined ? builtIn("anyType") : this.#typeOfHead(nameIn(definition, head), definition);
    });
  }

  /** An element without a type has that of the one for which it may stand. */
  #typeOfHead(key: string, from: Definition): TypeShape {
    const head = this.set.get("element", key, from);
    if (head.node === from.node) throw new SchemaError("the types refer to each other without end");
    return this.#declared(head, head.schema.namespace, once).type;
  }

  #complex(definition: Definition): ComplexShape {
    const { node, schema } = definition;
    return this.set.once(this.#types, node, () => {
      const name = node.attributes.get("name");
      const typeName = name === undefined ? {} : { typeName: keyOf(schema.namespace, name) };
      const abstract = node.attributes.get("abstract") === "true";
      const mixed = node.attributes.get("mixed") === "true" ? { mixed: true } : {};
      return { ...this.#complexBy(definition), ...mixed, ...typeName, abstract };
    });
  }

  #complexBy(definition: Definition): ComplexShape {
    const { node } = definition;
    const derived = childOf(node, xsd, "simpleContent") ?? childOf(node, xsd, "complexContent");
    if (derived === undefined) {
      const { declared, any } = this.#attributes.of(definition);
      return complex(this.#groups.contentOf(definition), [...declared.values()], any);
    }
    const step = childOf(derived, xsd, "extension") ?? childOf(derived, xsd, "restriction");
    if (step === undefined) throw new SchemaError("a derived type has no base");
    const made = this.#derivedBy(within(definition, step), derived.name === "simpleContent");
    return derived.attributes.get("mixed") === "true" ? { ...made, mixed: true } : made;
  }

  #derivedBy(step: Definition, isSimple: boolean): ComplexShape {
    const baseKey = nameIn(step, step.node.attributes.get("base") ?? "");
    if (isArray(baseKey)) return this.#array(step);
    const base = isBuiltIn(baseKey) && !isSimple ? undefined : this.type(baseKey, step);
    const inherited = base?.kind === "complex" ? base : undefined;
    const { declared, prohibited, any } = this.#attributes.of(step);
    this.set.take(inherited?.attributes.length ?? 0);
    const kept = (inherited?.attributes ?? []).filter(({ namespace, name }) => {
      const key = keyOf(namespace, name);
      return !declared.has(key) && !prohibited.has(key);
    });
    const isExtension = step.node.name === "extension";
    const made = complex(
      isSimple ? emptyContent : this.#derivedContent(step, inherited),
      [...kept, ...declared.values()],
      any ?? (isExtension ? inherited?.anyAttribute : undefined),
    );
    const mixed = isExtension && inherited?.mixed === true ? { mixed: true } : {};
    const entry = inherited?.entry === undefined ? {} : { entry: inherited.entry };
    return { ...made, ...mixed, ...entry, text: isSimple ? this.#textOf(base, step) : inherited?.text };
  }

  #derivedContent(step: Definition, base: ComplexShape | undefined): GroupShape {
    const own = this.#groups.contentOf(step);
    if (step.node.name === "restriction" || base === undefined) return own;
    if (base.content.parts.length === 0) return own;
    return own.parts.length === 0 ? base.content : { kind: "sequence", ...once, parts: [base.content, own] };
  }

  #textOf(base: TypeShape | undefined, step: Definition): SimpleShape {
    const isRestriction = step.node.name === "restriction";
    const inner = isRestriction ? childOf(step.node, xsd, "simpleType") : undefined;
    const inherited = base?.kind === "complex" ? base.text : base;
    const text = inner === undefined ? inherited : this.#simple.of(within(step, inner));
    if (text === undefined) throw new SchemaError("a type with simple content has a base without a value");
    return isRestriction ? this.#simple.narrowed(text, step) : text;
  }

  /** SOAP encoding's array, of the type that WSDL's attribute names, or that of its one element. */
  #array(step: Definition): ComplexShape {
    const [only] = this.#groups.contentOf(step).parts;
    const element = only?.kind === "element" ? only : undefined;
    return arrayOf(element?.name ?? "item", () => {
      const named = entryTypeOf(step);
      if (named === undefined) return element?.type ?? builtIn("anyType");
      return typeof named === "string" ? this.type(named, step) : arrayOf("item", () => this.type(named.of, step));
    });
  }
}

function complex(content: GroupShape, attributes: readonly AttributeShape[], any: Wildcard | undefined): ComplexShape {
  const made = { kind: "complex", abstract: false, content, attributes, text: undefined } as const;
  return any === undefined ? made : { ...made, anyAttribute: any };
}
