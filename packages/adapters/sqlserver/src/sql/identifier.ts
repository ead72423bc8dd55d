/** An SQL identifier, quoted. */
export function quoteIdentifier(name: string): string {
  return `[${name.replaceAll("]", "]]")}]`;
}

/** A Unicode string literal. */
export function quoteLiteral(value: string): string {
  return `N'${value.replaceAll("'", "''")}'`;
}
