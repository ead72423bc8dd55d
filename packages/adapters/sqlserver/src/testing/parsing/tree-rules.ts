import type { ParserRuleContext } from "antlr4ts";
import {
  Column_def_table_constraintsContext,
  Create_indexContext,
  Data_typeContext,
  Execute_body_batchContext,
  Table_hintContext,
  With_table_hintsContext,
} from "antlr4ts-sql/dist/src/grammar-output/tsql/TSqlParser.js";

/** What is wrong with a part of a batch that the grammar takes; `undefined` if nothing. */
type TreeRule = (part: ParserRuleContext) => string | undefined;

const tableHints: ReadonlySet<string> = new Set([
  ...["FORCESCAN", "FORCESEEK", "HOLDLOCK", "NOLOCK", "NOWAIT", "PAGLOCK", "READCOMMITTED", "READCOMMITTEDLOCK"],
  ...["READPAST", "READUNCOMMITTED", "REPEATABLEREAD", "ROWLOCK", "SERIALIZABLE", "SNAPSHOT", "TABLOCK", "TABLOCKX"],
  ...["UPDLOCK", "XLOCK", "NOEXPAND"],
]);

/** The longest that a type may be; 0 for a type that has no length. */
const longest: ReadonlyMap<string, number> = new Map([
  ...["INT", "BIGINT", "SMALLINT", "TINYINT", "BIT", "DATE", "DATETIME", "UNIQUEIDENTIFIER", "MONEY"].map(
    (name) => [name, 0] as const,
  ),
  ...["NVARCHAR", "NCHAR"].map((name) => [name, 4_000] as const),
  ...["VARCHAR", "CHAR", "VARBINARY", "BINARY"].map((name) => [name, 8_000] as const),
  ...["DECIMAL", "NUMERIC", "FLOAT"].map((name) => [name, name === "FLOAT" ? 53 : 38] as const),
  ...["DATETIME2", "DATETIMEOFFSET", "TIME"].map((name) => [name, 7] as const),
]);

const rules: readonly TreeRule[] = [
  function startsWithKeyword(part) {
    if (!(part instanceof Execute_body_batchContext)) return undefined;
    return `"${part.start.text}" begins no statement (without EXEC, the grammar takes it for the name of a procedure)`;
  },
  function knownHint(part) {
    if (!(part instanceof Table_hintContext) || tableHints.has(part.text) || part.text.startsWith("INDEX("))
      return undefined;
    return `there is no table hint ${part.text}`;
  },
  function hintsApart(part) {
    return part instanceof With_table_hintsContext ? withoutCommas(part, part.table_hint().length) : undefined;
  },
  function columnsApart(part) {
    if (!(part instanceof Column_def_table_constraintsContext)) return undefined;
    return withoutCommas(part, part.column_def_table_constraint().length);
  },
  function skipsUnderVersioning(part) {
    if (!(part instanceof With_table_hintsContext)) return undefined;
    const hints = part.table_hint().map(({ text }) => text);
    if (!hints.includes("READPAST") || hints.includes("READCOMMITTEDLOCK")) return undefined;
    return "READPAST needs READCOMMITTEDLOCK beside it where READ_COMMITTED_SNAPSHOT is on";
  },
  function dirtyReads(part) {
    return part instanceof Table_hintContext && /^(NOLOCK|READUNCOMMITTED)$/.test(part.text)
      ? "a dirty read"
      : undefined;
  },
  function knownType(part) {
    if (!(part instanceof Data_typeContext)) return undefined;
    const [, name = "", length] = /^\[?([A-Z0-9_]+)\]?(?:\((\d+|MAX)(?:,\d+)?\))?/.exec(part.text) ?? [];
    const most = longest.get(name.replace(/IDENTITY$/, ""));
    if (most === undefined) return `there is no type ${part.text}`;
    if (length === undefined || length === "MAX") return undefined;
    return Number(length) > most ? `${part.text} is longer than ${most}` : undefined;
  },
  function literalFilter(part) {
    if (!(part instanceof Create_indexContext)) return undefined;
    const [, filter = ""] = /\)WHERE(.*)$/.exec(part.text) ?? [];
    return /@|\bOR\b|\(\)/.test(filter) ? `an index filter compares columns with literals: ${filter}` : undefined;
  },
];

/** In some lists the grammar leaves the commas out at will. */
function withoutCommas(list: ParserRuleContext, items: number): string | undefined {
  const commas = list.children?.filter(({ text }) => text === ",").length ?? 0;
  return commas === items - 1 ? undefined : `commas are missing in ${list.text}`;
}

/** Everything that is wrong, in the order of the text. */
export function treeProblems(tree: ParserRuleContext): readonly string[] {
  const own = rules.flatMap((rule) => rule(tree) ?? []);
  const children = tree.children ?? [];
  return [...own, ...children.flatMap((child) => ("start" in child ? treeProblems(child as ParserRuleContext) : []))];
}
