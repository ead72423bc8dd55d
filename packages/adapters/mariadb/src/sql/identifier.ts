/** Quoted, so that whatever it holds is a name: sql_mode ANSI_QUOTES changes nothing about backticks. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/** A text between quotes, whatever the session's sql_mode takes a backslash for. */
export function quoteLiteral(text: string): string {
  return text.includes("\\") ? `CONVERT(x'${Buffer.from(text).toString("hex")}' USING utf8mb4)` : quoted(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
