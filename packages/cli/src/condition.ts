import { type Pipeline, TOKENS } from "@syncline/core";
import { Refusal } from "./failure.ts";

type Value = string | number | boolean;

/**
 * A key as somebody types it: `orderId=42 region=eu`, or one JSON object. Values of pairs are texts,
 * which fields of every type take; but for booleans, where the dictionary has a field of that name.
 */
export function parseKey(parts: readonly string[], pipeline: Pipeline): { readonly [field: string]: Value } {
  const [first = ""] = parts;
  if (parts.length === 1 && first.trimStart().startsWith("{")) return parseObject(first);
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf("=");
      if (at < 1) throw new Refusal(`"${part}" is no part of a key: write field=value, or one JSON object.`, 2);
      const field = part.slice(0, at);
      const text = part.slice(at + 1);
      const isFlag = (text === "true" || text === "false") && isBoolean(pipeline, field);
      return [field, isFlag ? text === "true" : text];
    }),
  );
}

function parseObject(text: string): { readonly [field: string]: Value } {
  try {
    return JSON.parse(text) as { readonly [field: string]: Value };
  } catch {
    throw new Refusal(`${text} is no JSON object.`, 2);
  }
}

function isBoolean({ container }: Pipeline, field: string): boolean {
  return [...container.get(TOKENS.Dictionary).values()].some(({ fields }) => fields[field] === "boolean");
}
