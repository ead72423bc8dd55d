import { quoteIdentifier } from "../dialect.ts";

/** A table of the connection: `main` is the file itself, others are attached. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** A name in one of SQLite's three quotes, or a plain one. */
const part = /^(?:"((?:[^"]|"")+)"|`((?:[^`]|``)+)`|\[([^\]]+)\]|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))(?:\.|$)/;

/** Names with dots between, as SQL reads them; `undefined`: they are none. */
function partsOf(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  for (let rest = text; rest !== "" || text.endsWith("."); ) {
    const [all, double, back, brackets, plain] = part.exec(rest) ?? [];
    if (all === undefined) return undefined;
    parts.push(double?.replaceAll('""', '"') ?? back?.replaceAll("``", "`") ?? brackets ?? plain ?? "");
    rest = rest.slice(all.length);
  }
  return parts;
}

/** `orders`, `"Order Lines"`, `main.orders`. A text says why it is none. */
export function tableNameOf(text: string): TableName | string {
  const [first, second, ...others] = partsOf(text) ?? [];
  if (first === undefined || others.length > 0)
    return 'must be a table\'s name, in quotes where SQL needs them: orders, "Order Lines"';
  return second === undefined ? { schema: "main", name: first } : { schema: first, name: second };
}

/** As SQL reads a column's name: without its quotes. */
export function unquoted(name: string): string {
  const [only, ...others] = partsOf(name) ?? [];
  return only !== undefined && others.length === 0 ? only : name;
}

/** Of `main` without the schema: a trigger's text may not have it. */
export function quotedTable({ schema, name }: TableName): string {
  return schema === "main" ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** SQLite's names differ by more than the case of A to Z. */
export function isSameName(one: string, other: string): boolean {
  return folded(one) === folded(other);
}

function folded(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
