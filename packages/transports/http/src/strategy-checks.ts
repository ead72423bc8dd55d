import type { Problem, Strategy } from "@syncline/core/spi";
import type { StrategyHeaderRules } from "@syncline/core/transport-kit";
import { hasParts, type Report, scopeProblems, slotProblems, unnamedKeys } from "./body-options.ts";
import { deleteEndpoint, describesItself } from "./endpoints.ts";
import { headerScopeProblems, planHeaders } from "./header-template.ts";
import { parsePathTemplate } from "./path-template.ts";
import { checkSending } from "./sending-checks.ts";
import type { HttpStrategyOptions } from "./strategy-options.ts";

/** What is wrong with a strategy as a whole; every problem at once. Pure. */
export function checkHttpStrategy(strategy: Strategy, rules: StrategyHeaderRules): readonly Problem[] {
  const problems = [...checkSending(strategy, rules)];
  if (problems.length > 0) return problems;
  const options = strategy.options as HttpStrategyOptions;
  const batched = strategy.batch > 1;
  const keys = Object.keys(strategy.category.fields);
  const { fields } = parsePathTemplate(strategy.path);
  const report = (at: string, message: string) => problems.push({ at, message });
  if (batched && fields.length > 0) {
    report(
      "path",
      `{${fields[0]}} has no single value in a call of many items: use a fixed path, or leave \`batch\` at 1`,
    );
  }
  if (strategy.rows === "many" && !batched) {
    for (const field of fields.filter((field) => !keys.includes(field))) {
      report(
        "path",
        `{${field}} has no single value with \`rows: "many"\`: only key fields (${keys.join(", ")}) may stand here`,
      );
    }
  }
  scopeProblems(strategy, options, batched, "upsert", "options", report);
  const ofUpserts = planHeaders(options.headers);
  problems.push(
    ...headerScopeProblems(
      ofUpserts,
      "options.headers",
      (slots) => slotProblems(strategy, slots, batched, "upsert"),
      "",
    ),
  );
  checkConflicts(strategy, options, batched, report);
  if (batched && options.format === "form" && options.body === undefined)
    report("options.format", "a form is no list: without `body`, leave `batch` at 1");
  if (!batched && options.format === "ndjson")
    report("options.format", "`ndjson` writes lists, and without `batch` above 1 there is none");
  if (!batched && options.wrap !== undefined)
    report("options.wrap", "wraps a list, and without `batch` above 1 there is none");
  for (const [at, answer] of [
    ["options.answer", options.answer],
    ["options.delete.answer", options.delete?.answer],
  ] as const)
    if (!batched && answer?.items !== undefined)
      report(`${at}.items`, "needs `batch` above 1: one item is the whole call");
  if (strategy.whenAbsent === "delete") checkDelete(strategy, options, batched, keys, report);
  else if (options.delete !== undefined) report("options.delete", 'has no effect unless `whenAbsent` is "delete"');
  return problems;
}

function checkConflicts(
  strategy: Strategy,
  { onConflict }: HttpStrategyOptions,
  batched: boolean,
  report: Report,
): void {
  if (onConflict === undefined) return;
  if (batched)
    report(
      "options.onConflict",
      "is of single calls: of a list, `answer.items.map` says what an item's 409 or 412 means",
    );
  if (onConflict.compare === "version" && strategy.versionColumn === undefined)
    report("options.onConflict.compare", "needs the strategy's `versionColumn`");
  if (strategy.rows === "many") report("options.onConflict", 'has no single version with `rows: "many"`');
  const keys = Object.keys(strategy.category.fields);
  const { path } = onConflict.read ?? {};
  for (const field of path === undefined ? [] : parsePathTemplate(path).fields)
    if (!keys.includes(field))
      report("options.onConflict.read.path", `{${field}} is no field of the key (${keys.join(", ")})`);
  const own = parsePathTemplate(strategy.path).fields;
  if (onConflict.read !== undefined && path === undefined && !keys.every((field) => own.includes(field)))
    report("options.onConflict.read.path", "is missing: the strategy's path does not name the whole key");
}

function checkDelete(
  strategy: Strategy,
  options: HttpStrategyOptions,
  batched: boolean,
  keys: readonly string[],
  report: Report,
): void {
  const at = options.delete?.path === undefined ? "path" : "options.delete.path";
  const { method, path } = deleteEndpoint(strategy);
  const remedy = at === "path" ? "; give `options.delete.path`" : "";
  const [first] = path.fields;
  const parts = options.delete ?? {};
  const asList = batched && (first === undefined || strategy.deleteBatch > 1);
  scopeProblems(strategy, parts, asList, "delete", "options.delete", report);
  for (const { at: place, message } of deleteHeaderProblems(strategy, options, asList)) report(place, message);
  const unnamed = unnamedKeys(parts, asList, keys).filter((field) => asList || !path.fields.includes(field));
  if (unnamed.length > 0)
    report(
      `options.delete.${parts.lines ? "lines" : parts.item === undefined ? "body" : "item"}`,
      `does not say what to delete: {{key.${unnamed.join("}}, {{key.")}}} is missing`,
    );
  if (batched && !asList && options.delete?.answer?.items !== undefined)
    report("options.delete.answer.items", "needs lists: with such a path deletes go one by one");
  if (asList) {
    if (first !== undefined && at !== "path")
      report(at, `{${first}} has no single value in a call of many items: with \`deleteBatch: 1\` it has`);
    return;
  }
  const foreign = path.fields.filter((field) => !keys.includes(field));
  for (const field of foreign)
    report(at, `{${field}} is not known of a delete, which has only its key (${keys.join(", ")})${remedy}`);
  // `DELETE /orders` for one order would ask to delete all of them.
  const missing = keys.filter((field) => !path.fields.includes(field));
  if (method === "DELETE" && !describesItself(options) && !hasParts(parts) && missing.length > 0) {
    report(
      at,
      `does not say what to delete: a DELETE must name the whole key, and {${missing.join("}, {")}} is missing${remedy}`,
    );
  }
}

/**
 * A delete says what upserts say in their headers, or the strategy says what else: a condition is
 * never just dropped.
 */
function deleteHeaderProblems(strategy: Strategy, options: HttpStrategyOptions, asList: boolean): readonly Problem[] {
  const { filled, fixed } = planHeaders(options.headers, options.delete?.headers);
  const own = new Set(Object.keys(options.delete?.headers ?? {}).map((name) => name.toLowerCase()));
  return filled.flatMap((template) => {
    const isOwn = own.has(template.name);
    const problemsOf = (slots: typeof template.slots) => [
      ...slotProblems(strategy, slots, asList, "delete"),
      ...slots.filter(({ name }) => name === "version").map(({ text }) => `{{${text}}} is not known of a delete`),
    ];
    const at = isOwn ? "options.delete.headers" : "options.headers";
    const remedy = isOwn ? "" : ": say in `options.delete.headers` what a delete sends, or null";
    return headerScopeProblems({ fixed, filled: [template] }, at, problemsOf, remedy);
  });
}
