/** What stands in the fields of a form, as the value that core takes: texts do, but for two types. */
export function typedValue(text: string, type: string): string | number | boolean {
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  if (type === "integer" && /^-?\d{1,15}$/.test(text)) return Number(text);
  return text;
}

/** Canonical condition text as texts for a form's fields. Empty where it is none. */
export function textsOf(key: string): { readonly [field: string]: string } {
  try {
    const parsed: unknown = JSON.parse(key);
    if (typeof parsed !== "object" || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).map(([field, value]) => [field, String(value)]));
  } catch {
    return {};
  }
}
