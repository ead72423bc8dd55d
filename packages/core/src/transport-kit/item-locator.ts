import type { SyncItem } from "../contracts/sync-invoker.ts";
import type { Condition } from "../model/condition.ts";
import type { EntriesRule } from "./answer-rules.ts";
import { valueAt } from "./json-path.ts";
import { isScalar } from "./rule-values.ts";

/** Which items an entry speaks of; `undefined`: none of the call's. `name`: of a member of an object. */
export type LocateItems = (entry: unknown, position: number, name?: string) => readonly number[] | undefined;

/** `undefined`: entries stand in the items' order, and there are not as many. */
export function itemLocator(rule: EntriesRule, items: readonly SyncItem[], entries: number): LocateItems | undefined {
  const { index, key, names, from = 0 } = rule;
  const byIndex = (value: unknown) => each(value, (one) => indexOf(one, items.length, from));
  if (names === "index") return (_entry, _position, name) => byIndex(name);
  if (index !== undefined) return (entry) => byIndex(valueAt(entry, index));
  if (key !== undefined || names === "key") {
    const fields = Object.keys(items[0]?.key ?? {}).sort();
    const positions = new Map(items.map((item, position) => [keyText(item.key, fields), position]));
    return (entry, _position, name) =>
      each(key === undefined ? name : valueAt(entry, key), (value) => {
        const text = keyText(value, fields);
        return text === undefined ? undefined : positions.get(text);
      });
  }
  return entries === items.length ? (_, position) => [position] : undefined;
}

/** An entry may speak of several items alike: a list of their keys stands in it. */
function each(value: unknown, find: (value: unknown) => number | undefined): readonly number[] | undefined {
  const found: number[] = [];
  for (const one of Array.isArray(value) ? value : [value]) {
    const index = find(one);
    if (index === undefined) return undefined;
    found.push(index);
  }
  return found.length === 0 ? undefined : found;
}

// The list of items is the outermost one: of several steps of digits the first is an item's.
const pointed = /(?:^|[/.[])(\d{1,9})(?=$|[/.\]])/;

function indexOf(value: unknown, items: number, from: number): number | undefined {
  const isPlace = typeof value === "string" && value.length <= 1_000 && !/^\d+\.\d+$/.test(value);
  const digits = isPlace ? pointed.exec(value)?.[1] : undefined;
  if (typeof value !== "number" && digits === undefined) return undefined;
  const index = Number(digits ?? value) - from;
  return Number.isInteger(index) && index >= 0 && index < items ? index : undefined;
}

/**
 * A key as text: receivers may spell 42 as "42". A bare value stands for a key of one field. A number that
 * JavaScript has rounded is no key: it may be another item's.
 */
function keyText(value: unknown, fields: readonly string[]): string | undefined {
  const [only] = fields;
  const key: unknown = isScalar(value) && fields.length === 1 && only !== undefined ? { [only]: value } : value;
  const texts: string[] = [];
  for (const field of fields) {
    const part = memberOf(key, field);
    if (!isScalar(part) || (Number.isInteger(part) && !Number.isSafeInteger(part))) return undefined;
    texts.push(String(part));
  }
  return JSON.stringify(texts);
}

/** By its whole name first: a field's name may have a dot. */
function memberOf(key: unknown, field: string): unknown {
  if (typeof key !== "object" || key === null) return undefined;
  return Object.hasOwn(key, field) ? (key as Condition)[field] : valueAt(key, field);
}
