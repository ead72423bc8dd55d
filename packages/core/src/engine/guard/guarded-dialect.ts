import type { QueryComposer } from "../../contracts/query-composer.ts";
import type { SqlDialect } from "../../contracts/sql-dialect.ts";
import { isThenable } from "../../model/thenable.ts";
import { aList, aRecord, aText, isRecord, isText, told } from "./answer-checks.ts";
import type { Guard, Nonsense } from "./guard.ts";

/** A dialect that gives texts where it owes texts: anything else would become part of a statement. */
export function guardDialect(dialect: SqlDialect, guard: Guard): SqlDialect {
  const { nativeParameter, attestOne, refuse, refuseLateral } = dialect;
  return {
    name: dialect.name,
    lexical: dialect.lexical,
    quoteIdentifier: (name) => guard.call("quoteIdentifier", () => dialect.quoteIdentifier(name), aText),
    parameter: (position, type, sqlType) =>
      guard.call("parameter", () => dialect.parameter(position, type, sqlType), aText),
    bind: (value, type, sqlType) => guard.call("bind", () => dialect.bind(value, type, sqlType), aValue),
    keyColumn: (field) => guard.call("keyColumn", () => dialect.keyColumn(field), aText),
    joinLateral: (template, fields, form) =>
      guard.call("joinLateral", () => dialect.joinLateral(template, fields, form), aText),
    bindKeys: (fields, conditions) => guard.call("bindKeys", () => dialect.bindKeys(fields, conditions), values),
    attest: (template) => guard.call("attest", () => dialect.attest(template), aText),
    ...(nativeParameter === undefined
      ? {}
      : {
          nativeParameter: (position) =>
            guard.call("nativeParameter", () => nativeParameter.call(dialect, position), aText),
        }),
    ...(attestOne === undefined
      ? {}
      : {
          attestOne: (template, fields) =>
            guard.call("attestOne", () => attestOne.call(dialect, template, fields), aText),
        }),
    ...(refuse === undefined
      ? {}
      : { refuse: (template) => guard.call("refuse", () => refuse.call(dialect, template), aRefusal) }),
    ...(refuseLateral === undefined
      ? {}
      : {
          refuseLateral: (template) =>
            guard.call("refuseLateral", () => refuseLateral.call(dialect, template), aRefusal),
        }),
  };
}

/** A driver's own, but nothing that is still to come. */
const aValue: Nonsense = (answer) => (answer === undefined || isThenable(answer) ? told(answer) : undefined);
const values = aList((value) => aValue(value) === undefined, "values");
const aRefusal: Nonsense = (answer) => (answer === undefined ? undefined : aText(answer));

/** For composers of plugins: core's own says what it owes. */
export function guardComposer(composer: QueryComposer, guard: Guard): QueryComposer {
  const { probe } = composer;
  return {
    check: (strategy) => guard.call("check", () => composer.check(strategy), problems),
    compose: (strategy, conditions, shape) =>
      guard.call("compose", () => composer.compose(strategy, conditions, shape), composed),
    ...(probe === undefined
      ? {}
      : { probe: (strategy) => guard.call("probe", () => probe.call(composer, strategy), aRecord({ text: isText })) }),
  };
}

const problems = aList((problem) => isRecord(problem) && isText(problem.message), "problems");
const isStatement = (value: unknown): boolean =>
  isRecord(value) && isText(value.text) && Array.isArray(value.parameters);
const composed = aRecord({
  mode: (value) => value === "set" || value === "each",
  statements: (value) => aList(isStatement, "statements")(value) === undefined,
});
