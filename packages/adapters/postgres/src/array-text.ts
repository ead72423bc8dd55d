import type { WireValue } from "@syncline/core/spi";

/**
 * The text form of an array, nested to any depth, as arrays of what `parseElement` makes of its
 * elements. `delimiter`: what its type writes between two of them.
 */
export function parseArrayText(
  text: string,
  parseElement: (text: string) => WireValue,
  delimiter = ",",
): readonly WireValue[] {
  // Bounds other than from 1 are written in front: `[0:1]={a,b}`.
  const start = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  const stack: WireValue[][] = [];
  let index = start;
  for (;;) {
    const char = text[index];
    if (char === "{") {
      stack.push([]);
      index += 1;
    } else if (char === "}") {
      const done = stack.pop() ?? [];
      const parent = stack.at(-1);
      if (parent === undefined) return done;
      parent.push(done);
      index += 1;
    } else if (char === `"`) {
      const end = quotedEnd(text, index);
      stack.at(-1)?.push(parseElement(text.slice(index + 1, end).replace(/\\(.)/gs, "$1")));
      index = end + 1;
    } else if (char === delimiter) {
      index += 1;
    } else {
      const end = plainEnd(text, index, delimiter);
      const element = text.slice(index, end);
      stack.at(-1)?.push(element === "NULL" ? null : parseElement(element));
      index = end;
    }
    if (index >= text.length) return stack[0] ?? [];
  }
}

function quotedEnd(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== `"`) index += text[index] === "\\" ? 2 : 1;
  return index;
}

function plainEnd(text: string, start: number, delimiter: string): number {
  let index = start;
  while (index < text.length && text[index] !== delimiter && text[index] !== "}") index += 1;
  return index;
}
