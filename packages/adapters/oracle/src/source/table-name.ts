import { quoteIdentifier } from "../sql/names.ts";

export interface TableName {
  readonly owner: string;
  readonly name: string;
}

const part = String.raw`"[^"]+"|[A-Za-z\u0080-\uffff][\w$#\u0080-\uffff]*`;
const parts = new RegExp(`^(?:(${part})\\.)?(${part})$`);

/** `shop.orders`, `shop."Order Lines"`; or what is wrong with it: a clause after the name. */
export function tableNameOf(text: string): TableName | string {
  const [, owner, name] = parts.exec(text.trim()) ?? [];
  if (name === undefined)
    return "must be an owner's and a table's name, in quotes where SQL needs them: shop.\"Order Lines\"";
  // Without an owner, it would be another table to another login.
  return owner === undefined
    ? `must name the table's owner, too: shop.${text.trim()}`
    : { owner: asRead(owner), name: asRead(name) };
}

/** Without quotes, the server reads a name in capitals. */
export function asRead(text: string): string {
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text.toUpperCase();
}

export function quotedTable({ owner, name }: TableName): string {
  return `${quoteIdentifier(owner)}.${quoteIdentifier(name)}`;
}
