import { quoteIdentifier } from "../sql/identifier.ts";

/** A table as the server's catalog names it. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** A name in quotes, or one without, of which the server folds the letters A to Z. */
const part = /^(?:"(?<quoted>(?:[^"]|"")+)"|(?<plain>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))(?:\.|$)/;

/** Names with dots between, as SQL reads them; `undefined`: they are none. */
function partsOf(text: string): readonly string[] | undefined {
  const parts: string[] = [];
  for (let rest = text; rest !== "" || text.endsWith("."); ) {
    const found = part.exec(rest);
    if (found === null) return undefined;
    parts.push(found.groups?.quoted?.replaceAll('""', '"') ?? folded(found.groups?.plain ?? ""));
    rest = rest.slice(found[0].length);
  }
  return parts;
}

export function folded(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * `shop.orders`, `shop."Order Lines"`. Without a schema, a table would be another in each session,
 * by its search path.
 */
export function tableNameOf(text: string): TableName | string {
  const [schema, name, ...others] = partsOf(text) ?? [];
  if (schema !== undefined && name !== undefined && others.length === 0) return { schema, name };
  return schema !== undefined && name === undefined
    ? `must name the table's schema, too: public.${text}`
    : "must be a schema's and a table's name with a dot between, in quotes where SQL needs them: shop.\"Order Lines\"";
}

export function quotedTable({ schema, name }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
