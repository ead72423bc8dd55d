import { columnName } from "../../model/columns.ts";
import { type CarriedColumn, type CarriedText, carriedColumns, carriedTexts } from "../../model/delivery.ts";

/** What a delivery takes from its newest change, as a statement's text lists it: `${column} = …`. */
export function carriedList(
  write: (column: string, name: CarriedColumn, text: CarriedText) => string,
  between = ", ",
): string {
  return carriedColumns.map((name) => write(columnName(name), name, carriedTexts[name])).join(between);
}

/** The same as what else a statement takes by their names. */
export function carriedEach<Value>(write: (name: CarriedColumn, text: CarriedText) => Value): {
  readonly [Name in CarriedColumn]: Value;
} {
  const each = carriedColumns.map((name) => [name, write(name, carriedTexts[name])]);
  return Object.fromEntries(each) as { readonly [Name in CarriedColumn]: Value };
}
