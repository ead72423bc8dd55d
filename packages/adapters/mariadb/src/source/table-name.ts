import { quoteIdentifier } from "../sql/identifier.ts";

export interface TableName {
  readonly database: string;
  readonly name: string;
}

const part = "`(?:[^`]|``)+`|[^.`]+";
const twoParts = new RegExp(`^(${part})\\.(${part})$`);

/** `shop.orders`, with backticks where SQL needs them; or what is wrong with it: a clause after the name. */
export function tableNameOf(text: string): TableName | string {
  const match = twoParts.exec(text.trim());
  if (match === null) return "must name its database, as shop.orders does";
  return { database: unquoted(match[1] ?? ""), name: unquoted(match[2] ?? "") };
}

export function unquoted(text: string): string {
  return text.startsWith("`") && text.endsWith("`") ? text.slice(1, -1).replaceAll("``", "`") : text;
}

export function quotedTable({ database, name }: TableName): string {
  return `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
}
