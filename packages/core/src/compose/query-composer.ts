import type { ComposedQuery, QueryComposer } from "../contracts/query-composer.ts";
import type { KeyField, SqlDialect } from "../contracts/sql-dialect.ts";
import type { Condition } from "../model/condition.ts";
import type { Problem } from "../model/problem.ts";
import type { Strategy } from "../model/strategy.ts";
import type { SourcePosition } from "./source-position.ts";
import { type ScannedTemplate, scanTemplate, type TemplateSegment } from "./template-scanner.ts";

/** What of a strategy's statement does not depend on the conditions. */
interface CompositionPlan {
  readonly mode: "set" | "each";
  readonly text: string;
  /** The key fields that the template uses, in the order of their first use. */
  readonly fields: readonly KeyField[];
}

/**
 * Composes templates by joining them laterally to the set of keys (`compose: "set"`), or as one statement per key
 * (`"each"`). A template is scanned once per strategy object.
 */
export function createQueryComposer(dialect: SqlDialect): QueryComposer {
  const plans = new WeakMap<Strategy, CompositionPlan>();

  function planOf(strategy: Strategy): CompositionPlan {
    let plan = plans.get(strategy);
    if (plan === undefined) {
      plan = planComposition(dialect, strategy);
      plans.set(strategy, plan);
    }
    return plan;
  }

  return {
    check: (strategy) => checkTemplate(dialect, strategy),
    compose: (strategy, conditions) => composeWith(dialect, planOf(strategy), conditions),
  };
}

function composeWith(
  dialect: SqlDialect,
  { mode, text, fields }: CompositionPlan,
  conditions: readonly Condition[],
): ComposedQuery {
  if (mode === "set") return { mode, statements: [{ text, parameters: dialect.bindKeys(fields, conditions) }] };
  return {
    mode,
    statements: conditions.map((condition) => ({
      text,
      parameters: fields.map(({ name, type }) => dialect.bind(condition[name] ?? "", type)),
    })),
  };
}

function planComposition(dialect: SqlDialect, strategy: Strategy): CompositionPlan {
  const scanned = scanTemplate(strategy.query, dialect.lexical);
  const fields = fieldsUsed(strategy, scanned);
  const mode = strategy.compose;
  if (mode === "each") {
    const write = (field: KeyField, index: number) => dialect.parameter(index + 1, field.type);
    return { mode, text: rewrite(scanned, fields, write), fields };
  }
  const template = rewrite(scanned, fields, (field) => dialect.keyColumn(field));
  return { mode, text: dialect.joinLateral(template, fields), fields };
}

function fieldsUsed(strategy: Strategy, scanned: ScannedTemplate): readonly KeyField[] {
  const names = new Set(scanned.segments.filter((segment) => segment.kind === "parameter").map(({ name }) => name));
  return [...names].flatMap((name) => {
    const type = fieldType(strategy, name);
    return type === undefined ? [] : [{ name, type }];
  });
}

/** The template with its parameters in the dialect's words, and without its trailer. */
function rewrite(
  scanned: ScannedTemplate,
  fields: readonly KeyField[],
  write: (field: KeyField, index: number) => string,
): string {
  const written = new Map(fields.map((field, index) => [field.name, write(field, index)]));
  const textOf = (segment: TemplateSegment): string => {
    if (segment.kind === "trailer") return "";
    return segment.kind === "parameter" ? (written.get(segment.name) ?? segment.text) : segment.text;
  };
  return scanned.segments.map(textOf).join("");
}

function checkTemplate(dialect: SqlDialect, strategy: Strategy): readonly Problem[] {
  const scanned = scanTemplate(strategy.query, dialect.lexical);
  const problems = scanned.problems.map(({ position, message }) => ({ at: placeOf(position), message }));
  problems.push(...parameterProblems(strategy, scanned));
  if (problems.length === 0 && strategy.compose === "set") {
    const reason = dialect.refuseLateral?.(rewrite(scanned, [], () => ""));
    if (reason !== undefined) problems.push({ at: "query", message: `${reason} Declare compose: "each".` });
  }
  return problems;
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

function fieldType(strategy: Strategy, name: string): KeyField["type"] | undefined {
  return Object.hasOwn(strategy.category.fields, name) ? strategy.category.fields[name] : undefined;
}

function placeOf({ line, column }: SourcePosition): string {
  return `query:${line}:${column}`;
}
