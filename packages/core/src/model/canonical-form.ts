import type { CategoryDefinition, FieldType } from "./category-definition.ts";
import { maxKeyLength } from "./condition.ts";

/**
 * What is certainly canonical, as `canonicalValue` writes it in JSON; whatever else is, takes the long way. One way to match
 * each, so that no text takes long.
 */
const certain: { readonly [Type in FieldType]?: string } = {
  string: String.raw`"[^"\\\u0000-\u001f\ud800-\udfff]*"`,
  integer: "(?:0|-?[1-9][0-9]{0,14})",
  bigint: '"(?:0|-?[1-9][0-9]{0,17})"',
  boolean: "(?:true|false)",
  uuid: '"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"',
};

const forms = new WeakMap<CategoryDefinition, RegExp | null>();

/**
 * Whether a condition's text is certainly what `parseCondition` would make of it. It takes 0.1 µs where that takes 1.6: what is recorded in code
 * is canonical, and every change comes by here.
 */
export function isCertainlyCanonical(category: CategoryDefinition, text: string): boolean {
  let form = forms.get(category);
  if (form === undefined) {
    form = formOf(category);
    forms.set(category, form);
  }
  return form !== null && text.length <= maxKeyLength && form.test(text);
}

function formOf({ fields }: CategoryDefinition): RegExp | null {
  const members: string[] = [];
  for (const name of Object.keys(fields).sort()) {
    const value = certain[fields[name] as FieldType];
    if (value === undefined) return null;
    members.push(`"${name}":${value}`);
  }
  return new RegExp(`^\\{${members.join(",")}\\}$`);
}
