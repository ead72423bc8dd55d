import type { LocateInTemplate } from "../contracts/query-runner.ts";
import { createPositions } from "./source-position.ts";
import type { ScannedTemplate, TemplateSegment } from "./template-scanner.ts";

/** A template with its parameters in the dialect's words, and without its trailer. */
export interface Rewritten {
  readonly text: string;
  /** Finds the template's places in a statement that holds this text once. */
  locatorIn(statement: string): LocateInTemplate;
}

/** @param occurrences what stands for each parameter, in the template's order. */
export function rewriteTemplate<Occurrence>(
  { segments }: ScannedTemplate,
  occurrences: readonly Occurrence[],
  write: (occurrence: Occurrence) => string,
): Rewritten {
  let next = 0;
  const textOf = (segment: TemplateSegment): string => {
    if (segment.kind === "trailer") return "";
    if (segment.kind === "text") return segment.text;
    const occurrence = occurrences[next];
    next += 1;
    return occurrence === undefined ? segment.text : write(occurrence);
  };
  const written = segments.map(textOf);
  const text = written.join("");
  return { text, locatorIn: (statement) => (offset) => placeOf(segments, written, offset - startOf(text, statement)) };
}

/** Not a number where it stands there more than once: a dialect may write a template twice. */
function startOf(text: string, statement: string): number {
  const start = statement.indexOf(text);
  return start >= 0 && start === statement.lastIndexOf(text) ? start : Number.NaN;
}

/** Only for errors: nothing of it is kept. A place in what was written for a parameter is the parameter's. */
function placeOf(
  segments: readonly TemplateSegment[],
  written: readonly string[],
  offset: number,
): ReturnType<LocateInTemplate> {
  let [before, original] = [0, 0];
  for (const [index, { kind, text }] of segments.entries()) {
    const length = written[index]?.length ?? 0;
    if (offset >= before && offset < before + length) {
      const { line, column } = createPositions(segments.map((segment) => segment.text).join(""))(
        original + (kind === "text" ? offset - before : 0),
      );
      return { line, column };
    }
    before += length;
    original += text.length;
  }
  return undefined;
}
