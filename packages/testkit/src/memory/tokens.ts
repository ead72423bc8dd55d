import { SynclineError } from "@syncline/core/spi";

export interface Token {
  readonly kind: "word" | "identifier" | "text" | "number" | "parameter" | "key" | "mark";
  readonly text: string;
}

const pattern =
  /(?<blank>\s+|--[^\n]*)|(?<text>'(?:[^']|'')*')|(?<identifier>"(?:[^"]|"")*")|(?<number>\d+)|(?<parameter>\?\d+)|(?<key>@[A-Za-z_]\w*)|(?<word>[A-Za-z_]\w*)|(?<mark>[(),.=*])/y;

/** Errors: `query.invalid`. */
export function tokensOf(statement: string): readonly Token[] {
  const tokens: Token[] = [];
  const scanner = new RegExp(pattern);
  while (scanner.lastIndex < statement.length) {
    const at = scanner.lastIndex;
    const groups = scanner.exec(statement)?.groups;
    const found = Object.entries(groups ?? {}).find(([, text]) => text !== undefined);
    if (found === undefined)
      throw new SynclineError("query.invalid", `There is no sense in "${statement.slice(at, at + 20)}".`);
    const [kind, text] = found;
    if (kind !== "blank") tokens.push({ kind: kind as Token["kind"], text: meaningOf(kind, text) });
  }
  return tokens;
}

function meaningOf(kind: string, text: string): string {
  if (kind === "text") return text.slice(1, -1).replaceAll("''", "'");
  if (kind === "identifier") return text.slice(1, -1).replaceAll(`""`, `"`);
  return kind === "parameter" || kind === "key" ? text.slice(1) : text;
}
