import { keyOf, localName, namespaces } from "../xml/names.ts";
import { childOf, type XmlElement } from "../xml/read-xml.ts";
import { type Definition, nameIn, type SchemaSet } from "./schema-set.ts";
import {
  type AttributeShape,
  type ComplexShape,
  type ElementShape,
  emptyContent,
  type GroupShape,
  type Particle,
  SchemaError,
  type SimpleShape,
  type TypeShape,
} from "./shapes.ts";
import { builtIn, isBuiltIn, narrowed, simpleNamed, simpleOf } from "./simple-types.ts";

const { xsd } = namespaces;

/** Shapes of a WSDL's elements and types, each made when it is first asked for. All throw `SchemaError`. */
export class Shapes {
  readonly #set: SchemaSet;
  readonly #types = new Map<string, TypeShape>();

  constructor(set: SchemaSet) {
    this.#set = set;
  }

  /** A global element, as often as `occurs` says. */
  element(key: string, occurs: Occurs = { min: 1, max: 1 }): ElementShape {
    const definition = this.#set.get("element", key);
    if (definition.node.attributes.get("abstract") === "true")
      throw new SchemaError(`the element ${key} is abstract: substitution is not supported`);
    return this.#declared(definition, definition.schema.namespace, occurs);
  }

  /** An element that is not in any schema: a part of an RPC message. */
  part(name: string, typeKey: string): ElementShape {
    return this.#lazy({ kind: "element", namespace: "", name, min: 1, max: 1, nillable: false }, () =>
      this.#typeNamed(typeKey),
    );
  }

  #declared(definition: Definition, namespace: string, occurs: Occurs): ElementShape {
    const { node, schema } = definition;
    const nillable = ["true", "1"].includes(node.attributes.get("nillable") ?? "");
    const name = node.attributes.get("name") ?? "";
    return this.#lazy({ kind: "element", namespace, name, ...occurs, nillable }, () => {
      const named = node.attributes.get("type");
      if (named !== undefined) return this.#typeNamed(nameIn(definition, named));
      const simple = childOf(node, xsd, "simpleType");
      if (simple !== undefined) return simpleOf(this.#set, { node: simple, schema });
      const complex = childOf(node, xsd, "complexType");
      return complex === undefined ? builtIn("anyType") : this.#complexOf({ node: complex, schema });
    });
  }

  #lazy(declared: Omit<ElementShape, "type">, find: () => TypeShape): ElementShape {
    let found: TypeShape | undefined;
    return {
      ...declared,
      get type() {
        found ??= withEnd(find);
        return found;
      },
    };
  }

  #typeNamed(key: string): TypeShape {
    if (isBuiltIn(key)) return builtIn(localName(key));
    const kept = this.#types.get(key);
    if (kept !== undefined) return kept;
    const definition = this.#set.get("type", key);
    const made = definition.node.name === "simpleType" ? simpleOf(this.#set, definition) : this.#complexOf(definition);
    this.#types.set(key, made);
    return made;
  }

  #complexOf({ node, schema }: Definition): ComplexShape {
    this.#set.take(node.children.length);
    const abstract = node.attributes.get("abstract") === "true";
    const derived = childOf(node, xsd, "simpleContent") ?? childOf(node, xsd, "complexContent");
    if (derived === undefined) {
      const content = this.#contentOf({ node, schema });
      return { kind: "complex", abstract, content, attributes: this.#attributesOf({ node, schema }), text: undefined };
    }
    const step = childOf(derived, xsd, "extension") ?? childOf(derived, xsd, "restriction");
    if (step === undefined) throw new SchemaError("a derived type has no base");
    return { ...this.#derived({ node: step, schema }, derived.name === "simpleContent"), abstract };
  }

  #derived(step: Definition, isSimple: boolean): ComplexShape {
    const baseKey = nameIn(step, step.node.attributes.get("base") ?? "");
    const base = isBuiltIn(baseKey) && !isSimple ? undefined : this.#typeNamed(baseKey);
    const inherited = base?.kind === "complex" ? base : undefined;
    const own = this.#attributesOf(step);
    const names = new Set(own.map(({ namespace, name }) => keyOf(namespace, name)));
    const kept = (inherited?.attributes ?? []).filter(({ namespace, name }) => !names.has(keyOf(namespace, name)));
    return {
      kind: "complex",
      abstract: false,
      content: isSimple ? emptyContent : this.#derivedContent(step, inherited),
      attributes: [...kept, ...own],
      text: isSimple ? textOf(base, step.node) : inherited?.text,
    };
  }

  #derivedContent(step: Definition, base: ComplexShape | undefined): GroupShape {
    const own = this.#contentOf(step);
    if (step.node.name === "restriction" || base === undefined) return own;
    return unambiguous({ kind: "sequence", min: 1, max: 1, parts: [base.content, own] });
  }

  #contentOf({ node, schema }: Definition): GroupShape {
    const model = node.children.find(
      ({ namespace, name }) => namespace === xsd && ["sequence", "choice", "all", "group"].includes(name),
    );
    return model === undefined ? emptyContent : unambiguous(this.#groupOf({ node: model, schema }));
  }

  #groupOf(definition: Definition): GroupShape {
    const { node, schema } = definition;
    this.#set.take(node.children.length);
    const { min, max } = occursOf(node);
    if (node.name === "group") {
      const named = this.#set.get("group", nameIn(definition, node.attributes.get("ref") ?? ""));
      return { kind: "sequence", min, max, parts: [this.#contentOf(named)] };
    }
    const parts = node.children.flatMap((child) => this.#particleOf({ node: child, schema }));
    const kind = node.name === "choice" ? "choice" : "sequence";
    const [only] = parts;
    if (max > 1 && kind === "sequence" && parts.length > 0) {
      if (parts.length > 1 || only?.kind !== "element")
        throw new SchemaError(
          `a sequence of ${parts.length} parts may be there more than once, which fields cannot tell`,
        );
    }
    return { kind, min, max, parts: max > 1 ? parts.map(manyTimes) : parts };
  }

  #particleOf(definition: Definition): readonly Particle[] {
    const { node, schema } = definition;
    if (node.namespace !== xsd) return [];
    if (["sequence", "choice", "all", "group"].includes(node.name)) return [this.#groupOf(definition)];
    if (node.name !== "element") return [];
    const occurs = occursOf(node);
    if (occurs.max === 0) return [];
    const reference = node.attributes.get("ref");
    if (reference !== undefined) return [this.element(nameIn(definition, reference), occurs)];
    const form = node.attributes.get("form") ?? schema.root.attributes.get("elementFormDefault");
    return [this.#declared(definition, form === "qualified" ? schema.namespace : "", occurs)];
  }

  #attributesOf({ node, schema }: Definition): readonly AttributeShape[] {
    this.#set.take(node.children.length);
    return node.children.flatMap((child) => {
      const definition = { node: child, schema };
      if (child.namespace !== xsd) return [];
      if (child.name === "attributeGroup") {
        const reference = child.attributes.get("ref") ?? "";
        return this.#attributesOf(this.#set.get("attributeGroup", nameIn(definition, reference)));
      }
      return child.name === "attribute" ? this.#attributeOf(definition) : [];
    });
  }

  #attributeOf(definition: Definition): readonly AttributeShape[] {
    const { node, schema } = definition;
    const use = node.attributes.get("use");
    if (use === "prohibited") return [];
    const reference = node.attributes.get("ref");
    // Attributes of other standards, such as xml:lang, are none that a row has.
    if (reference?.startsWith("xml:") === true) return [];
    const global = reference === undefined ? undefined : this.#set.get("attribute", nameIn(definition, reference));
    const declared = global ?? definition;
    const form = node.attributes.get("form") ?? schema.root.attributes.get("attributeFormDefault");
    const namespace = global?.schema.namespace ?? (form === "qualified" ? schema.namespace : "");
    const name = declared.node.attributes.get("name") ?? "";
    return [{ namespace, name, required: use === "required", type: this.#attributeType(declared) }];
  }

  #attributeType(declared: Definition): SimpleShape {
    const named = declared.node.attributes.get("type");
    if (named !== undefined) return simpleNamed(this.#set, nameIn(declared, named));
    const inner = childOf(declared.node, xsd, "simpleType");
    return inner === undefined ? builtIn("string") : simpleOf(this.#set, { node: inner, schema: declared.schema });
  }
}

/** Groups that hold themselves, and types that are their own base, have no shape. */
function withEnd(find: () => TypeShape): TypeShape {
  try {
    return find();
  } catch (error) {
    if (error instanceof RangeError) throw new SchemaError("the types refer to each other without end");
    throw error;
  }
}

interface Occurs {
  readonly min: number;
  readonly max: number;
}

function occursOf({ attributes }: XmlElement): Occurs {
  const max = attributes.get("maxOccurs") ?? "1";
  return {
    min: Number(attributes.get("minOccurs") ?? "1"),
    max: max === "unbounded" ? Number.POSITIVE_INFINITY : Number(max),
  };
}

function textOf(base: TypeShape | undefined, step: XmlElement): SimpleShape {
  const text = base?.kind === "complex" ? base.text : base;
  if (text === undefined) throw new SchemaError("a type with simple content has a base without a value");
  return step.name === "restriction" ? narrowed(text, step) : text;
}

function manyTimes(particle: Particle): Particle {
  if (particle.kind !== "element") return { ...particle, parts: particle.parts.map(manyTimes) };
  return Object.defineProperties({} as ElementShape, {
    ...Object.getOwnPropertyDescriptors(particle),
    max: { value: Number.POSITIVE_INFINITY, enumerable: true },
  });
}

/** A document's field is an element by its name, so a name must stand for one. */
function unambiguous(group: GroupShape): GroupShape {
  const seen = new Set<string>();
  const visit = (particle: Particle) => {
    if (particle.kind !== "element") particle.parts.forEach(visit);
    else if (seen.has(particle.name))
      throw new SchemaError(`a type has two elements named ${particle.name}, which fields cannot tell apart`);
    else seen.add(particle.name);
  };
  visit(group);
  return group;
}
