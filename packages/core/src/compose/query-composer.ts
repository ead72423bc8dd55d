import type { ComposedQuery, ComposeForm, ComposeShape, QueryComposer } from "../contracts/query-composer.ts";
import type { TemplateProbe } from "../contracts/query-runner.ts";
import type { KeyField, SqlDialect } from "../contracts/sql-dialect.ts";
import type { Condition } from "../model/condition.ts";
import type { ConditionValue } from "../model/condition-value.ts";
import { SynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import { checkTemplate, fieldType } from "./check-template.ts";
import { type ScannedTemplate, scanTemplate, type TemplateSegment } from "./template-scanner.ts";

/** What of a strategy's statement does not depend on the conditions. */
interface CompositionPlan {
  readonly mode: "set" | "each";
  readonly text: string;
  /** The key fields that the template uses, in the order of their first use: once for each type that they have there. */
  readonly fields: readonly KeyField[];
  readonly description: ComposeShape["description"];
}

/**
 * Composes templates by joining them laterally to the set of keys (`joined`, `fenced`), or as one statement per key
 * (`each`). A template is scanned once per strategy object and form.
 */
export function createQueryComposer(dialect: SqlDialect): QueryComposer {
  const plans = new WeakMap<Strategy, Map<string, CompositionPlan>>();

  function planOf(strategy: Strategy, shape: ComposeShape): CompositionPlan {
    const own = plans.get(strategy) ?? new Map<string, CompositionPlan>();
    plans.set(strategy, own);
    const form = shape.form ?? formOf(strategy);
    const name = `${form} ${shape.keys ?? "columns"}`;
    let plan = own.get(name);
    if (plan === undefined || plan.description !== shape.description) {
      plan = planComposition(dialect, strategy, form, shape);
      own.set(name, plan);
    }
    return plan;
  }

  return {
    check: (strategy) => checkTemplate(dialect, strategy),
    compose: (strategy, conditions, shape = {}) => composeWith(dialect, planOf(strategy, shape), conditions),
    ...(dialect.nativeParameter === undefined ? {} : { probe: (strategy) => probeOf(dialect, strategy) }),
  };
}

/** What a strategy says of its form; where it leaves it open, a set is joined. */
function formOf({ compose }: Strategy): ComposeForm {
  return compose === "set" ? "joined" : compose;
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
      parameters: fields.map(({ name, type, sqlType }) => dialect.bind(keyValue(condition, name), type, sqlType)),
    })),
  };
}

/** Core reads no key that lacks a field; nothing may take its place in a comparison. */
function keyValue(condition: Condition, field: string): ConditionValue {
  const value = condition[field];
  if (value === undefined) throw new SynclineError("query.data", `The key has no field "${field}".`);
  return value;
}

function planComposition(
  dialect: SqlDialect,
  strategy: Strategy,
  form: ComposeForm,
  { description, keys }: ComposeShape,
): CompositionPlan {
  const scanned = scanTemplate(strategy.query, dialect.lexical);
  const { fields, ofOccurrence } = fieldsUsed(strategy, scanned, description?.types ?? []);
  const asColumns = rewrite(scanned, ofOccurrence, (field) => dialect.keyColumn(field));
  if (form !== "each") return { mode: "set", text: dialect.joinLateral(asColumns, fields, form), fields, description };
  if (dialect.attestOne !== undefined && keys !== "parameters") {
    return { mode: "each", text: dialect.attestOne(asColumns, fields), fields, description };
  }
  const write = (field: KeyField) => dialect.parameter(fields.indexOf(field) + 1, field.type, field.sqlType);
  return { mode: "each", text: dialect.attest(rewrite(scanned, ofOccurrence, write)), fields, description };
}

interface FieldsUsed {
  readonly fields: readonly KeyField[];
  /** The field of each parameter, in the template's order. */
  readonly ofOccurrence: readonly KeyField[];
}

function fieldsUsed(strategy: Strategy, scanned: ScannedTemplate, types: readonly (string | undefined)[]): FieldsUsed {
  const fields: KeyField[] = [];
  const ofOccurrence = occurrencesIn(strategy, scanned).map(({ name, type }, index) => {
    const sqlType = types[index];
    const known = fields.find((field) => field.name === name && field.sqlType === sqlType);
    if (known !== undefined) return known;
    const before = fields.filter((field) => field.name === name).length;
    const column = before === 0 ? name : `${name} ${before + 1}`;
    const field: KeyField = { name, type, column, ...(sqlType === undefined ? {} : { sqlType }) };
    fields.push(field);
    return field;
  });
  return { fields, ofOccurrence };
}

function occurrencesIn(strategy: Strategy, scanned: ScannedTemplate): TemplateProbe["occurrences"] {
  return scanned.segments.flatMap((segment) => {
    if (segment.kind !== "parameter") return [];
    const type = fieldType(strategy, segment.name);
    return type === undefined ? [] : [{ name: segment.name, type }];
  });
}

function probeOf(dialect: SqlDialect, strategy: Strategy): TemplateProbe {
  const scanned = scanTemplate(strategy.query, dialect.lexical);
  const occurrences = occurrencesIn(strategy, scanned);
  const names = [...new Set(occurrences.map(({ name }) => name))];
  const native = (position: number) => dialect.nativeParameter?.(position) ?? "";
  return {
    text: rewrite(scanned, occurrences, (occurrence) => native(occurrences.indexOf(occurrence) + 1)),
    sharedText: rewrite(scanned, occurrences, ({ name }) => native(names.indexOf(name) + 1)),
    occurrences,
  };
}

/** The template with its parameters in the dialect's words, and without its trailer. */
function rewrite<Occurrence>(
  scanned: ScannedTemplate,
  occurrences: readonly Occurrence[],
  write: (occurrence: Occurrence) => string,
): string {
  let next = 0;
  const textOf = (segment: TemplateSegment): string => {
    if (segment.kind === "trailer") return "";
    if (segment.kind === "text") return segment.text;
    const occurrence = occurrences[next];
    next += 1;
    return occurrence === undefined ? segment.text : write(occurrence);
  };
  return scanned.segments.map(textOf).join("");
}
