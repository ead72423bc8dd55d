import type { WireValue } from "@syncline/core/spi";
import { escapeAttribute, escapeText } from "../xml/escape.ts";
import { keyOf, namespaceIn, namespaces } from "../xml/names.ts";
import { deepest } from "../xml/read-xml.ts";
import { AnyWriter } from "./any-writer.ts";
import type { HexBinary } from "./built-ins.ts";
import { choiceProblem, chosenBranch, columnsOf, countIn, isListType, namesOf, rowsOf } from "./choices.ts";
import type { Shapes } from "./complex-types.ts";
import { contentsOf } from "./contents.ts";
import { type Encoding, encodingNamespaces } from "./encoded-arrays.ts";
import { countProblem, fieldsOf, knownFields } from "./fields.ts";
import { type Fields, Given, isFields, isWritten, join, own, type Writable } from "./given.ts";
import { Lexicon } from "./lexicon.ts";
import {
  type AnyShape,
  type AttributeShape,
  type ComplexShape,
  type ElementShape,
  type GroupShape,
  type Occurs,
  once,
  type Particle,
  SchemaError,
  type TypeShape,
  times,
  type Wildcard,
} from "./shapes.ts";
import { isSameValue, writeSimple } from "./write-simple.ts";

export { type Fields, isFields, type Writable, WrittenElements } from "./given.ts";

/** What does not fit. `field`: its place in the document, such as `customer.email`. The reason never holds the value. */
export interface Misfit {
  readonly field: string;
  readonly reason: string;
}

export interface PenOptions {
  /** What is missing is no misfit: it is a part of a message, to be checked by itself. */
  readonly isPart?: boolean;
  /** The field that holds the strategy's columns, if not the document itself. */
  readonly columnsAt?: string;
  /** The types and elements that a document may name. */
  readonly shapes?: Shapes | undefined;
  /** By SOAP's encoding: each element tells its type. */
  readonly encoding?: Encoding | undefined;
  readonly hexBinary?: HexBinary | undefined;
}

// Of one message. Groups may stand in each other twice, level upon level: a few lines would be written for ever.
const mostVisits = 5_000_000;

/** Writes one message: its namespaces, and everything that does not fit. */
export class Pen {
  readonly misfits: Misfit[] = [];
  readonly #lexicon: Lexicon;
  readonly #isPart: boolean;
  readonly #columnsAt: string;
  readonly #shapes: Shapes | undefined;
  readonly #encoding: Encoding | undefined;
  readonly #any: AnyWriter;
  #depth = 0;
  #visits = 0;

  constructor({ isPart = false, columnsAt = "", shapes, encoding, hexBinary }: PenOptions = {}) {
    this.#isPart = isPart;
    this.#columnsAt = columnsAt;
    this.#shapes = shapes;
    this.#encoding = encoding;
    this.#lexicon = new Lexicon(shapes, hexBinary, encoding);
    this.#any = new AnyWriter({
      shapes,
      name: (namespace, name) => this.#lexicon.name(namespace, name),
      misfit: (place, reason) => this.#misfit(place, reason).join(""),
      element: (shape, value, place) => this.#occurrences(shape, value, place, once),
    });
  }

  /** An element that declares the namespaces of all that this pen has written. */
  writeRoot(shape: ElementShape, value: Writable): string {
    const [open, rest] = this.#written(shape, value, "");
    const encoding = this.#encoding;
    const style = encoding === undefined ? "" : ` soap:encodingStyle="${encodingNamespaces[encoding]}"`;
    return open === "" ? "" : open + this.#lexicon.declarations + style + rest;
  }

  /** What an element holds, without it: each element of that declares the namespaces of all. */
  writeContent(shape: ElementShape, value: Writable): string {
    const [, rest] = this.#written(shape, value, "");
    let depth = 0;
    // Neither texts nor attributes have < or > that are not escaped.
    return rest
      .slice(1, rest.lastIndexOf("<"))
      .replace(/<(\/?[^\s<>/]+)(?=[\s>/])([^<>]*)>/g, (tag, name: string, more: string) => {
        const isEnd = name.startsWith("/");
        const isOuter = depth === 0 && !isEnd;
        if (isEnd) depth -= 1;
        else if (!more.endsWith("/")) depth += 1;
        return isOuter ? `<${name}${this.#lexicon.declarations}${more}>` : tag;
      });
  }

  /** One of them, whatever its number may be. */
  writeOne(shape: ElementShape, value: Writable): string {
    return this.#written(shape, value, "").join("");
  }

  /** The tag up to its name, and the rest. */
  #written(shape: ElementShape, value: Writable, place: string): readonly [open: string, rest: string] {
    if (this.#depth >= deepest) return this.#misfit(place, `is nested more than ${deepest} deep`);
    this.#depth += 1;
    try {
      const named = isFields(value) ? own(value, "@xsi:type") : undefined;
      const type = named === undefined || named === null ? shape.type : this.#derived(shape.type, named);
      if (typeof type === "string") return this.#misfit(join(place, "@xsi:type"), type);
      return this.#typed(shape, type, value, place, type !== shape.type);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      return this.#misfit(place, `cannot be expressed: ${error.message}`);
    } finally {
      this.#depth -= 1;
    }
  }

  #typed(
    shape: ElementShape,
    type: TypeShape,
    value: Writable,
    place: string,
    isNamed: boolean,
  ): readonly [open: string, rest: string] {
    const open = `<${this.#lexicon.name(shape.namespace, shape.name)}`;
    const end = `</${open.slice(1)}>`;
    const told = isNamed || this.#encoding !== undefined ? this.#lexicon.toldType(type) : "";
    if (type.kind === "complex") return [open, told + this.#complex(type, shape, value, place) + end];
    if (isWritten(value)) return this.#misfit(place, "holds one value, and no elements");
    if (isFields(value) && type.builtIn === "anyType") return [open, told + this.#any.content(value, place) + end];
    const single = isFields(value) ? this.#single(value, shape.name, place) : value;
    if (isFields(value) && single === undefined) return ["", ""];
    const written = this.#lexicon.lexical(type, single);
    if ("reason" in written) return this.#misfit(place, written.reason);
    if (shape.fixed !== undefined && !isSameValue(type, written.text, shape.fixed))
      return this.#misfit(place, "is not the value that the schema fixes");
    return [open, `${told}>${escapeText(written.text)}${end}`];
  }

  /** The value of an element that holds one: `#text`, as where attributes stand beside it. */
  #single(fields: Fields, name: string, place: string): Writable {
    const isValue = "#text" in fields || "@xsi:type" in fields;
    if (place !== "" && !isValue) return fields;
    for (const field of Object.keys(fields))
      if (field !== "#text" && field !== "@xsi:type") this.#refuse(place, field, `no element of ${name}`);
    const value = own(fields, "#text");
    if (value === undefined) this.#missing(join(place, "#text"));
    return value;
  }

  #derived(declared: TypeShape, named: Writable): TypeShape | string {
    if (typeof named !== "string") return "is no name of a type";
    return this.#shapes?.derived(declared, named) ?? "cannot be told here";
  }

  /** As many of an element as its values are. */
  #occurrences(shape: ElementShape, value: Writable, place: string, within: Occurs): string {
    const occurs = times(shape, within);
    if (value === undefined) {
      if (occurs.min > 0 && shape.fixed !== undefined && !this.#isPart)
        return this.#written(shape, shape.fixed, place).join("");
      return occurs.min > 0 ? this.#missing(place) : "";
    }
    if (isWritten(value)) {
      const problem = countProblem(occurs, value.elements.length, "the call has");
      return problem === undefined ? value.elements.join("") : this.#misfit(place, problem).join("");
    }
    if (Array.isArray(value) && !(occurs.max === 1 && isListType(shape)))
      return this.#list(shape, value, place, occurs);
    if (occurs.min > 1 && !this.#isPart) return this.#list(shape, [value], place, occurs);
    if (value !== null || shape.nillable) return this.#one(shape, value, place);
    return occurs.min > 0 ? this.#misfit(place, "is null, and must be there").join("") : "";
  }

  #one(shape: ElementShape, value: Writable, place: string): string {
    if (value !== null) return this.#written(shape, value, place).join("");
    return `<${this.#lexicon.name(shape.namespace, shape.name)} ${this.#lexicon.name(namespaces.xsi, "nil")}="true"/>`;
  }

  #list(shape: ElementShape, values: readonly Writable[], place: string, occurs: Occurs): string {
    if (occurs.max === 1) return this.#misfit(place, "is a list, and may be there once").join("");
    const problem = countProblem(occurs, values.length, "has");
    if (problem !== undefined) return this.#misfit(place, problem).join("");
    return values.map((value, index) => this.#entry(shape, value, `${place}.${index}`)).join("");
  }

  #entry(shape: ElementShape, value: Writable, place: string): string {
    if (value === null && !shape.nillable)
      return this.#misfit(place, "is null, and an entry of the list cannot be").join("");
    return this.#one(shape, value, place);
  }

  /** From the attributes on. */
  #complex(type: ComplexShape, { name, fixed }: ElementShape, value: Writable, place: string): string {
    const fields = fieldsOf(type, value);
    if (!isFields(fields)) return this.#misfit(place, `is no object, and ${name} has elements`).join("");
    if (type.abstract) return this.#missing(join(place, "@xsi:type"), this.#shapes?.concreteBelow(type));
    const { wildcards } = contentsOf(type.content);
    const waiting = wildcards.length === 0 ? [] : this.#any.elements(own(fields, "#any"), place, wildcards);
    const given = new Given(fields, [...waiting]);
    if (!this.#refuseUnknown(type, name, given, place)) return "";
    const attributes = type.attributes.map((one, index) => this.#attribute(type, one, index, fields, place));
    if (this.#encoding !== undefined && type.entry !== undefined)
      attributes.push(this.#lexicon.arrayType(type, fields));
    const { anyAttribute: any } = type;
    const others = any === undefined ? "" : this.#otherAttributes(type, any, fields, place);
    const content = this.#text(type, fields, place, fixed) + this.#particle(type.content, given, place, once);
    if (given.waiting.length > 0)
      this.#misfit(join(place, "#any"), "has an element that the schema does not let stand there");
    return `${attributes.join("")}${others}>${content}`;
  }

  #attribute(type: ComplexShape, one: AttributeShape, index: number, fields: Fields, place: string): string {
    const isSecond = type.attributes.findIndex(({ name }) => name === one.name) < index;
    const field = isSecond ? `@${keyOf(one.namespace, one.name)}` : `@${one.name}`;
    return this.#attributeOf(one, own(fields, field), join(place, field));
  }

  #attributeOf(one: AttributeShape, value: Writable, at: string): string {
    const given = value ?? undefined;
    if (typeof one.type === "string")
      return given === undefined && !one.required ? "" : this.#misfit(at, `cannot be expressed: ${one.type}`).join("");
    const needed = given ?? (one.required && !this.#isPart ? one.fixed : undefined);
    if (needed === undefined) return one.required ? this.#missing(at) : "";
    const written = this.#lexicon.lexical(one.type, needed);
    if ("reason" in written) return this.#misfit(at, written.reason).join("");
    if (one.fixed !== undefined && !isSameValue(one.type, written.text, one.fixed))
      return this.#misfit(at, "is not the value that the schema fixes").join("");
    return ` ${this.#lexicon.name(one.namespace, one.name)}="${escapeAttribute(written.text)}"`;
  }

  #otherAttributes(type: ComplexShape, wildcard: Wildcard, fields: Fields, place: string): string {
    const declared = new Set(type.attributes.map(({ name }) => `@${name}`));
    const others = Object.entries(fields).filter(
      ([field, value]) => field.startsWith("@") && field !== "@xsi:type" && value !== undefined && !declared.has(field),
    );
    const written = others.map(([field, value]) => {
      const key = keyOfAttribute(field.slice(1));
      const known = this.#shapes?.attribute(key);
      if (!wildcard.allows(namespaceIn(key)) || (wildcard.isStrict && known === undefined))
        return this.#refuse(place, field, "no attribute that the schema lets stand there");
      if (known === undefined) return this.#any.attributes([[field, value]], place);
      return this.#attributeOf(known, value, join(place, field));
    });
    return written.join("");
  }

  #text(type: ComplexShape, fields: Fields, place: string, fixed: string | undefined): string {
    const value = own(fields, "#text") ?? (type.text !== undefined && !this.#isPart ? fixed : undefined);
    if (type.text === undefined) {
      if (type.mixed !== true || value === undefined || value === null) return "";
      const mixed = writeSimple({ kind: "simple", builtIn: "string", facets: [] }, value as WireValue);
      return "reason" in mixed ? this.#misfit(place, mixed.reason).join("") : escapeText(mixed.text);
    }
    if (value === undefined) return this.#missing(join(place, "#text"));
    const written = this.#lexicon.lexical(type.text, value);
    if ("reason" in written) return this.#misfit(place, written.reason).join("");
    if (fixed !== undefined && !isSameValue(type.text, written.text, fixed))
      return this.#misfit(place, "is not the value that the schema fixes").join("");
    return escapeText(written.text);
  }

  #particle(particle: Particle, given: Given, place: string, within: Occurs): string {
    if (particle.kind === "element") {
      const at = join(place, particle.name);
      return this.#occurrences(particle, own(given.fields, particle.name), at, within);
    }
    if (particle.kind === "any") return this.#wildcard(particle, given, place, within);
    if (particle.kind === "unusable")
      return times(particle, within).min === 0 || this.#isPart
        ? ""
        : this.#misfit(place, `cannot be expressed: ${particle.reason}`).join("");
    this.#visits += 1;
    if (this.#visits > mostVisits) throw new SchemaError("the types are nested in each other too often");
    const occurs = times(particle, within);
    if (occurs.max === 0 || given.leavesOut(particle) || (occurs.min === 0 && !given.has(particle))) return "";
    return particle.kind === "choice"
      ? this.#choice(particle, given, place, occurs)
      : this.#sequence(particle, given, place, { min: Math.max(occurs.min, 1), max: occurs.max });
  }

  #sequence(sequence: GroupShape, given: Given, place: string, occurs: Occurs): string {
    const { parts } = sequence;
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return this.#particle(only, given, place, occurs);
    if (occurs.max > 1 && columnsOf(sequence, given).length > 0) return this.#columns(sequence, given, place, occurs);
    if (occurs.min > 1 && !this.#isPart && parts.length > 0)
      return this.#misfit(place, `needs ${occurs.min} of each of a repeated sequence's elements, as lists`).join("");
    return parts.map((part) => this.#particle(part, given, place, once)).join("");
  }

  /** A sequence of several elements that repeats: each field is the list of its values, and null where it has none. */
  #columns(sequence: GroupShape, given: Given, place: string, occurs: Occurs): string {
    const names = given.namesIn(sequence);
    const rows = rowsOf(names, given);
    if (rows === undefined)
      return this.#misfit(place, `needs lists of one length for ${names.join(", ")}, which repeat together`).join("");
    const problem = countProblem(occurs, rows.length, "has");
    if (problem !== undefined) return this.#misfit(join(place, names[0] ?? ""), problem).join("");
    return rows.map((row) => sequence.parts.map((part) => this.#particle(part, row, place, once)).join("")).join("");
  }

  #choice(choice: GroupShape, given: Given, place: string, occurs: Occurs): string {
    const at = place || "the document";
    if (!given.has(choice)) return this.#isPart ? "" : this.#noneOf(choice, given, place, at);
    if (occurs.max > 1) {
      const problem = countProblem(occurs, countIn(choice, given), "has, of the elements of one choice,");
      if (problem !== undefined && !this.#isPart) return this.#misfit(at, problem).join("");
      const within = { min: 1, max: occurs.max };
      const chosen = choice.parts.filter((part) => given.has(part));
      return chosen.map((part) => this.#particle(part, given, place, within)).join("");
    }
    const branch = chosenBranch(choice, given);
    return branch === undefined
      ? this.#misfit(at, choiceProblem(choice)).join("")
      : this.#particle(branch, given, place, once);
  }

  #noneOf(choice: GroupShape, given: Given, place: string, at: string): string {
    const { entries } = contentsOf(choice);
    for (const [name, { element }] of entries)
      if (element.nillable && own(given.fields, name) === null)
        return this.#occurrences(element, null, join(place, name), once);
    if (choice.min === 0 || choice.parts.length === 0 || choice.parts.some(({ min }) => min === 0)) return "";
    return this.#misfit(at, `must have one of ${namesOf(choice)}`).join("");
  }

  #wildcard(any: AnyShape, given: Given, place: string, within: Occurs): string {
    const { min, max } = times(any, within);
    const taken = given.take(any, max);
    if (taken.length >= min || this.#isPart) return taken.join("");
    return this.#misfit(join(place, "#any"), min === 1 ? "is missing" : `needs ${min} elements`).join("");
  }

  /** Whether the fields can be told apart. */
  #refuseUnknown(type: ComplexShape, name: string, given: Given, place: string): boolean {
    const { ambiguous } = contentsOf(type.content);
    const isKnown = knownFields(type);
    const fields = Object.keys(given.fields).filter((field) => given.fields[field] !== undefined);
    for (const field of fields) {
      if (!isKnown(field)) this.#refuse(place, field, `no element of ${name}`);
      else if (ambiguous.has(field))
        this.#misfit(join(place, field), `is the name of two elements of ${name}, which fields cannot tell apart`);
    }
    return !fields.some((field) => ambiguous.has(field));
  }

  #missing(place: string, oneOf?: readonly string[]): string {
    const choice = oneOf === undefined || oneOf.length === 0 ? "" : `; one of ${oneOf.join(", ")}`;
    return this.#isPart ? "" : this.#misfit(place, `is missing${choice}`).join("");
  }

  /**
   * Columns have names that the strategy gave. Members of what a column holds are content, names
   * included.
   */
  #refuse(place: string, field: string, what: string): string {
    const isColumn = place === "" || place.replace(/\.\d+$/, "") === this.#columnsAt;
    if (isColumn) return this.#misfit(join(place, field), `is ${what}`).join("");
    return this.#misfit(place, `has a member that is ${what}`).join("");
  }

  #misfit(field: string, reason: string): readonly [string, string] {
    this.misfits.push({ field: field || "the document", reason });
    return ["", ""];
  }
}

/** As a document names it: `{namespace}name`, one of XML's own, or one without a namespace. */
function keyOfAttribute(field: string): string {
  if (field.startsWith("{")) return field;
  return field.startsWith("xml:") ? keyOf(namespaces.xml, field.slice(4)) : keyOf("", field);
}
