import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Shapes } from "../schema/complex-types.ts";
import { SchemaSet } from "../schema/schema-set.ts";
import type { ElementShape } from "../schema/shapes.ts";
import { type Misfit, Pen, type Writable } from "../schema/write-element.ts";
import { readXml } from "../xml/read-xml.ts";

const types = readFileSync(fileURLToPath(new URL("./types.xsd", import.meta.url)), "utf8");

/** The shape of `root` in a schema of the namespace `urn:t` that has these definitions beside those of types.xsd. */
export function shapeOf(definitions: string): ElementShape {
  return shapesOf(definitions).element("{urn:t}root");
}

/** All shapes of such a schema. */
export function shapesOf(definitions: string): Shapes {
  const text = `<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t">${definitions}</xsd:schema>`;
  const documents = [text, types].map((document) => ({ namespace: "urn:t", root: readXml(document) }));
  return new Shapes(new SchemaSet(documents));
}

/** What is written, or everything that does not fit. */
export function write(shape: ElementShape, value: Writable): string | readonly Misfit[] {
  const pen = new Pen();
  const text = pen.writeRoot(shape, value);
  return pen.misfits.length > 0 ? pen.misfits : text;
}
