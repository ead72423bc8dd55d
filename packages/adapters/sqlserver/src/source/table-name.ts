import { quoteIdentifier } from "../sql/identifier.ts";

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const part = String.raw`\[(?:[^\]]|\]\])+\]|"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_@#$]*`;
const parts = new RegExp(`^(?:(${part})\\.)?(${part})$`, "u");

/** `dbo.orders`, in brackets where SQL needs them; or what is wrong with it: a clause after the name. */
export function tableNameOf(text: string): TableName | string {
  const [, schema, name] = parts.exec(text.trim()) ?? [];
  if (name === undefined)
    return "must be a schema's and a table's name, in brackets where SQL needs them: dbo.[Order Lines]";
  // Without a schema, it would be another table to another login.
  return schema === undefined
    ? `must name the table's schema, too: dbo.${text.trim()}`
    : { schema: unquoted(schema), name: unquoted(name) };
}

export function unquoted(text: string): string {
  if (text.startsWith("[") && text.endsWith("]")) return text.slice(1, -1).replaceAll("]]", "]");
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

export function quotedTable({ schema, name }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
