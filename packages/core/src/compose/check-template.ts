import type { KeyField, SqlDialect } from "../contracts/sql-dialect.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";
import type { SourcePosition } from "./source-position.ts";
import { type ScannedTemplate, scanTemplate } from "./template-scanner.ts";

/** What is wrong with a strategy's template, as far as its text tells. Empty if nothing. */
export function checkTemplate(dialect: SqlDialect, strategy: Strategy): readonly Problem[] {
  const scanned = scanTemplate(strategy.query, dialect.lexical);
  const problems = scanned.problems.map(({ position, message }) => ({ at: placeOf(position), message }));
  problems.push(...parameterProblems(strategy, scanned));
  const refused = problems.length === 0 ? dialect.refuse?.(withoutParameters(scanned)) : undefined;
  if (refused !== undefined) problems.push({ at: "query", message: refused });
  if (problems.length === 0 && strategy.compose !== "each") {
    const reason = dialect.refuseLateral?.(withoutParameters(scanned));
    if (reason !== undefined) problems.push({ at: "query", message: `${reason} Declare compose: "each".` });
  }
  return problems;
}

/** The type of a key field of the strategy's category; `undefined`: there is no such field. */
export function fieldType(strategy: Strategy, name: string): KeyField["type"] | undefined {
  return Object.hasOwn(strategy.category.fields, name) ? strategy.category.fields[name] : undefined;
}

function withoutParameters({ segments }: ScannedTemplate): string {
  return segments.map((segment) => (segment.kind === "trailer" ? "" : segment.text)).join("");
}

function parameterProblems(strategy: Strategy, scanned: ScannedTemplate): readonly Problem[] {
  const known = Object.keys(strategy.category.fields);
  const list = known.map((name) => `:${name}`).join(", ");
  const parameters = scanned.segments.filter((segment) => segment.kind === "parameter");
  if (parameters.length === 0 && scanned.problems.length === 0) {
    const message = `The query uses no key field, so it would read the same rows for every key. Use one of ${list}.`;
    return [{ at: "query", message }];
  }
  return parameters
    .filter(({ name }) => fieldType(strategy, name) === undefined)
    .map(({ text, position }) => ({
      at: placeOf(position),
      message: `${text} is no field of category "${strategy.category.name}", which has ${list}.`,
    }));
}

function placeOf({ line, column }: SourcePosition): string {
  return `query:${line}:${column}`;
}
