import type { KeyEquality } from "../contracts/query-runner.ts";
import type { FieldType } from "./category-definition.ts";
import type { Condition } from "./condition.ts";
import { canonicalValue } from "./field-types.ts";

/** By key field: which values are equal although their texts differ. */
export type FieldEquality = { readonly [field: string]: KeyEquality };

/** By category. */
export type CategoryEquality = ReadonlyMap<string, FieldEquality>;

/** What one strategy's template says of its category. */
export interface KnownEquality {
  readonly category: string;
  readonly equality: FieldEquality;
}

/**
 * One equality for each category, from all that its templates say. Where they contradict each
 * other, a field is left as it is: each spelling is found by itself then, and two keys may stand
 * for one row.
 */
export function mergeEquality(known: readonly KnownEquality[]): CategoryEquality {
  const merged = new Map<string, { [field: string]: KeyEquality | undefined }>();
  for (const { category, equality } of known) {
    const own = merged.get(category) ?? {};
    merged.set(category, own);
    for (const [field, kind] of Object.entries(equality)) {
      own[field] = !Object.hasOwn(own, field) || own[field] === kind ? kind : undefined;
    }
  }
  const result = new Map<string, FieldEquality>();
  for (const [category, fields] of merged) {
    const agreed = Object.entries(fields).filter(
      (entry): entry is [string, KeyEquality] => entry[1] !== undefined && entry[1] !== "exact",
    );
    if (agreed.length > 0) result.set(category, Object.fromEntries(agreed));
  }
  return result;
}

/** The one key for all conditions that are equal to this one. Its fields are sorted already. */
export function keyUnder(
  equality: FieldEquality,
  { condition, key }: { readonly condition: Condition; readonly key: string },
): string {
  let isChanged = false;
  const values = Object.entries(condition).map(([field, value]) => {
    const kind = Object.hasOwn(equality, field) ? equality[field] : undefined;
    if (kind === undefined || typeof value !== "string") return [field, value] as const;
    const folded = foldValue(kind, value);
    isChanged ||= folded !== value;
    return [field, folded] as const;
  });
  return isChanged ? JSON.stringify(Object.fromEntries(values)) : key;
}

/** The one spelling of all values that are equal to this one; the value itself where there is none. */
function foldValue(kind: KeyEquality, value: string): string {
  switch (kind) {
    case "exact":
      return value;
    case "padded":
      return value.replace(/(?<! ) +$/, "");
    case "caseless":
      return value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    case "zoneless":
      return value.replace(zonelessForm, (_, day: string, time: string, fraction = "") => {
        const digits = fraction.replace(/(?<!0)0+$/, "");
        return `${day}T${time}${digits === "." ? "" : digits}`;
      });
    case "inet":
      return value.replace(value.includes(":") ? /\/128$/ : /\/32$/, "");
    default:
      return canonicalText(kind, value);
  }
}

const zonelessForm = /^(\d{4,6}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?$/;

function canonicalText(type: FieldType, value: string): string {
  const canonical = canonicalValue(type, value);
  return "value" in canonical ? String(canonical.value) : value;
}
