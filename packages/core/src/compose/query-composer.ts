import type { ComposedQuery, ComposeForm, ComposeShape, QueryComposer } from "../contracts/query-composer.ts";
import type { LocateInTemplate, Statement, TemplateProbe } from "../contracts/query-runner.ts";
import type { KeyField, SqlDialect } from "../contracts/sql-dialect.ts";
import type { Condition } from "../model/condition.ts";
import type { ConditionValue } from "../model/condition-value.ts";
import { SynclineError } from "../model/errors.ts";
import type { Strategy } from "../model/strategy.ts";
import { checkTemplate, fieldType } from "./check-template.ts";
import { type Rewritten, rewriteTemplate } from "./rewrite-template.ts";
import { type ScannedTemplate, scanTemplate } from "./template-scanner.ts";

/** What of a strategy's statement does not depend on the conditions. */
interface CompositionPlan {
  readonly mode: "set" | "each";
  readonly text: string;
  /**
   * The key fields that the template uses, in the order of their first use: once for each type that
   * they have there.
   */
  readonly fields: readonly KeyField[];
  readonly description: ComposeShape["description"];
  readonly locate: LocateInTemplate;
}

/**
 * Composes templates by joining them laterally to the set of keys (`joined`, `fenced`), or as one
 * statement per key (`each`). A template is scanned once per strategy object and form.
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
  { mode, text, fields, locate }: CompositionPlan,
  conditions: readonly Condition[],
): ComposedQuery {
  if (mode === "set") {
    return { mode, statements: [new ComposedStatement(text, dialect.bindKeys(fields, conditions), locate)] };
  }
  return {
    mode,
    statements: conditions.map((condition) => {
      const parameters = fields.map(({ name, type, sqlType }) =>
        dialect.bind(keyValue(condition, name), type, sqlType),
      );
      return new ComposedStatement(text, parameters, locate);
    }),
  };
}

/** A text and its values to whoever compares or prints it. */
class ComposedStatement implements Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
  readonly #locate: LocateInTemplate;

  constructor(text: string, parameters: readonly unknown[], locate: LocateInTemplate) {
    this.text = text;
    this.parameters = parameters;
    this.#locate = locate;
  }

  locate(offset: number): ReturnType<LocateInTemplate> {
    return this.#locate(offset);
  }
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
  const planned = (mode: "set" | "each", rewritten: Rewritten, text: string): CompositionPlan => ({
    mode,
    text,
    fields,
    description,
    locate: rewritten.locatorIn(text),
  });
  const asColumns = rewriteTemplate(scanned, ofOccurrence, (field) => dialect.keyColumn(field));
  if (form !== "each") return planned("set", asColumns, dialect.joinLateral(asColumns.text, fields, form));
  if (dialect.attestOne !== undefined && keys !== "parameters")
    return planned("each", asColumns, dialect.attestOne(asColumns.text, fields));
  const write = (field: KeyField) => dialect.parameter(fields.indexOf(field) + 1, field.type, field.sqlType);
  const asParameters = rewriteTemplate(scanned, ofOccurrence, write);
  return planned("each", asParameters, dialect.attest(asParameters.text));
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
  const apart = rewriteTemplate(scanned, occurrences, (occurrence) => native(occurrences.indexOf(occurrence) + 1));
  return {
    text: apart.text,
    sharedText: rewriteTemplate(scanned, occurrences, ({ name }) => native(names.indexOf(name) + 1)).text,
    occurrences,
    locate: apart.locatorIn(apart.text),
  };
}
