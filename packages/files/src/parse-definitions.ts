import { type Document, isScalar, LineCounter, type Node, parseAllDocuments } from "yaml";
import { placeAt, placeOfOption } from "./places.ts";
import { type Fault, yamlTraps } from "./strict-yaml.ts";

/** One document of a file, as it was read. */
export interface ParsedDefinition {
  readonly value: { readonly [option: string]: unknown };
  /** Where an option stands: `strategies/crm.yaml:12:3 (batch)`. */
  readonly place: (option: string) => string;
}

export interface FileProblem {
  /** `strategies/crm.yaml:12:3`. */
  readonly at: string;
  readonly message: string;
}

export type ParsedFile =
  | { readonly ok: true; readonly definitions: readonly ParsedDefinition[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const mostProblems = 20;
/** The library recurses; far deeper, the process ends. Levels may be a blank wide. */
const mostLevels = 200;
const widestIndent = 300;
/** Lines and elements: twenty thousand are read in a second, beside the work. */
const mostParts = 20_000;

/** The documents of a file. All of it is refused for one fault: half of what was meant is nothing. */
export function parseDefinitions(file: string, text: string): ParsedFile {
  const lines = new LineCounter();
  return parse(file, text.replace(/^\uFEFF/, ""), lines);
}

function parse(file: string, text: string, lines: LineCounter): ParsedFile {
  const tooMuch = tooMuchIn(text);
  if (tooMuch !== undefined) return refused(file, lines, [{ offset: 0, message: tooMuch }]);
  if (text.trim() === "") return refused(file, lines, [{ offset: 0, message: emptyFile }]);
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Ours tells the same of a long map in a shorter time.
    uniqueKeys: false,
    stringKeys: true,
    version: "1.2",
    schema: "core",
  });
  if (!Array.isArray(parsed)) return refused(file, lines, [{ offset: 0, message: emptyFile }]);
  // A `---` at the end begins a document that nobody meant.
  const documents = (parsed as Document.Parsed[]).filter((document) => !isEmpty(document) || hasFault(document));
  if (documents.length === 0) return refused(file, lines, [{ offset: 0, message: emptyFile }]);
  const faults = [...jsonFaults(file, text), ...documents.flatMap(faultsOf)];
  if (faults.length > 0) return refused(file, lines, faults);
  const definitions: ParsedDefinition[] = [];
  for (const document of documents) {
    const value: unknown = document.toJS();
    const root = document.contents as Node;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return refused(file, lines, [{ offset: root.range?.[0] ?? 0, message: "It must be a map of options." }]);
    definitions.push({
      value: value as { readonly [option: string]: unknown },
      place: (option) => placeOfOption(file, lines, root, option),
    });
  }
  return { ok: true, definitions };
}

const emptyFile = "It is empty: a file that is being written, or one that was forgotten. Delete it, if it is no more.";

/** Brackets in texts count, too: none has as many that nothing closes. */
function tooMuchIn(text: string): string | undefined {
  let parts = 0;
  let level = 0;
  let compact = 0;
  let indent = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "[" || character === "{") level += 1;
    else if (character === "]" || character === "}") level = Math.max(0, level - 1);
    if (character === "\n") indent = 0;
    else if (indent >= 0) indent = character === " " ? indent + 1 : -1;
    // `- - - x` is a list of lists of a list.
    if (character === "\n") compact = 0;
    else if ((character === "-" || character === "?" || character === ":") && /\s/.test(text[at + 1] ?? ""))
      compact += 1;
    else if (character !== " ") compact = 0;
    if (character === "\n" || character === ",") parts += 1;
    if (level > mostLevels || compact > mostLevels || indent > widestIndent) return "It is nested too deeply.";
    if (parts > mostParts) return `It has more than ${mostParts} lines and elements.`;
  }
  return undefined;
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && !contents.source);
}

function hasFault({ errors, warnings }: Document): boolean {
  return errors.length > 0 || warnings.length > 0;
}

function faultsOf(document: Document): readonly Fault[] {
  const told = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ offset: pos[0], message }));
  if (told.length > 0) return told;
  const { yaml } = document.directives ?? {};
  if (yaml?.explicit === true && yaml.version !== "1.2")
    return [{ offset: 0, message: `It is read as YAML 1.2, not ${yaml.version}: leave the %YAML line out.` }];
  return yamlTraps(document);
}

/** What YAML takes and JSON does not, such as comments. */
function jsonFaults(file: string, text: string): readonly Fault[] {
  if (!/\.json$/i.test(file)) return [];
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const place = /position (\d+)/.exec(String(error));
    return [{ offset: Number(place?.[1] ?? 0), message: "It is no JSON." }];
  }
}

function refused(file: string, lines: LineCounter, faults: readonly Fault[]): ParsedFile {
  const told = faults.slice(0, mostProblems).map(({ offset, message }) => ({
    at: placeAt(file, lines, offset),
    message: message.slice(0, 300),
  }));
  return { ok: false, problems: told };
}
