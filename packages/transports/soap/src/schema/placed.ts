import { type Fields, isFields, type WrittenElements } from "./write-element.ts";

/** `fixed` with the list at its path. */
export function placed(fixed: Fields, path: string, list: WrittenElements): Fields {
  const [step = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...fixed, [step]: list };
  const inner = fixed[step];
  return { ...fixed, [step]: placed(isFields(inner) ? inner : {}, rest.join("."), list) };
}
