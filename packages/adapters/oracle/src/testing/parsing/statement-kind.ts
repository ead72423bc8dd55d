const stored = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TRIGGER|PROCEDURE|FUNCTION|PACKAGE)\b/i;

/** A block, or what makes a trigger or a procedure: it ends with a semicolon, where SQL must not. */
export function isPlsql(text: string): boolean {
  return /^\s*(?:DECLARE|BEGIN)\b/i.test(text) || stored.test(text);
}
