import type { FieldType, Problem, QueryRunner, TemplateProbe } from "@syncline/core/spi";
import { parameterName } from "./dialect.ts";
import { prepareSelect } from "./select.ts";
import type { Store } from "./store.ts";

/**
 * SQLite has no types for these, and compares them as texts, as they are spelled. A row that is
 * spelled otherwise would not be found, and told as deleted. So the template has to say in words
 * what it compares. All other types are cast where they stand: see the dialect.
 */
const asSpelled: { readonly [Type in FieldType]?: string } = {
  uuid: "CAST(:name AS TEXT), as in lower(id) = CAST(:name AS TEXT)",
  decimal: "CAST(:name AS NUMERIC)",
  date: "date(:name), as in date(born) = date(:name), or CAST(:name AS TEXT)",
  timestamp: "unixepoch(:name, 'subsec'), as in unixepoch(at, 'subsec') = unixepoch(:name, 'subsec')",
};

/** What the template's text says of its keys, once SQLite has read it. Errors: `query.invalid`. */
export function describerOn(reader: Store): NonNullable<QueryRunner["describe"]> {
  return async (probe, signal) => {
    await reader.read(({ database }) => void prepareSelect(database, probe.text), signal);
    return { types: probe.occurrences.map(() => undefined), equality: {}, problems: problemsOf(probe) };
  };
}

function problemsOf({ text, occurrences }: TemplateProbe): readonly Problem[] {
  const bare = bareParameters(text);
  const names = new Map(
    occurrences.filter((_, index) => bare.has(parameterName(index + 1))).map(({ name, type }) => [name, type]),
  );
  return [...names].flatMap(([name, type]) => {
    const advice = asSpelled[type]?.replaceAll(":name", `:${name}`);
    if (advice === undefined) return [];
    const message =
      `:${name} has the type ${type}, for which SQLite has none: a row that is spelled otherwise would be taken for deleted. ` +
      `Declare the field as "string"; or say how it is compared: ${advice}.`;
    return [{ at: "query", message }];
  });
}

/** Texts, names in quotes, comments, words and parameters; anything else by its character. */
const token =
  /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|@?\w+|\S/g;
const comment = /^(?:--|\/\*)/;
/** They make something of their first argument that has one form. */
const converting: ReadonlySet<string> = new Set([
  "CAST",
  "UNHEX",
  "UNIXEPOCH",
  "JULIANDAY",
  "DATE",
  "TIME",
  "DATETIME",
]);

/** Parameters that are neither converted where they stand nor a column of the answer itself. */
function bareParameters(text: string): ReadonlySet<string> {
  const tokens = (text.match(token) ?? []).filter((each) => !comment.test(each));
  const bare = new Set<string>();
  let depth = 0;
  for (const [index, each] of tokens.entries()) {
    if (each === "(") depth += 1;
    if (each === ")") depth -= 1;
    if (!each.startsWith("@")) continue;
    const [before = "", opening = "", function_ = ""] = [1, 1, 2].map((back) => tokens[index - back]?.toUpperCase());
    const isSelected =
      depth === 0 && (before === "SELECT" || before === ",") && tokens[index + 1]?.toUpperCase() === "AS";
    const isConverted = opening === "(" && (converting.has(function_) || isUnhexed(tokens, index));
    if (!isSelected && !isConverted) bare.add(each.slice(1));
  }
  return bare;
}

/** `unhex(replace(@p1, '-', ''))`: the bytes of a UUID, however it is spelled. */
function isUnhexed(tokens: readonly string[], index: number): boolean {
  return /^unhex\(replace\(@\w+,'-',''\)\)/i.test(tokens.slice(Math.max(0, index - 4), index + 7).join(""));
}
