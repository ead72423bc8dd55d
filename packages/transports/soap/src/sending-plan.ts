import type { Problem, Strategy } from "@syncline/core/spi";
import type { StrategyHeaderRules } from "@syncline/core/transport-kit";
import { fieldsTaken, type HeaderValue } from "./header-values.ts";
import { contentsOf, type Entry, elementAt, schemaProblems } from "./schema/contents.ts";
import { placed } from "./schema/placed.ts";
import { type ElementShape, SchemaError } from "./schema/shapes.ts";
import { type Misfit, Pen, WrittenElements } from "./schema/write-element.ts";
import { HeaderPlan } from "./soap-headers.ts";
import { checkSending, type SendingParts, type SoapStrategyOptions } from "./strategy-options.ts";
import type { Contract, Operation } from "./wsdl/operations.ts";

/** How one operation of a strategy is sent. */
export interface Route {
  readonly operation: Operation;
  /** The element that an item becomes: the request itself, or an entry of its list. */
  readonly item: ElementShape;
  readonly list: string | undefined;
  /** How many items the list takes. */
  readonly most: number;
  readonly least: number;
  readonly header: HeaderPlan;
  /** The columns that stand in the header, and not in the body. */
  readonly taken: readonly string[];
}

export interface SendingPlan {
  readonly options: SoapStrategyOptions;
  /** The strategy's own, names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly upsert: Route;
  readonly delete: Route;
}

/** What of the downstream's options makes a plan. */
export interface PlanRules {
  readonly headers: StrategyHeaderRules;
  readonly header: { readonly [element: string]: HeaderValue } | undefined;
}

/** The plan, or everything that is wrong with it. `batched`: the strategy sends lists. */
export function planOf(
  parts: SendingParts,
  contract: Contract,
  batched: boolean,
  rules: PlanRules,
): SendingPlan | { readonly problems: readonly Problem[] } {
  const problems = [...checkSending(parts, rules.headers)];
  if (problems.length > 0) return { problems };
  const options = parts.options as SoapStrategyOptions;
  const routed = (path: string, list: string | undefined, places: readonly [string, string]) =>
    routeOf(contract.operation(path), { path, list, batched, places, options, rules }, problems);
  const upsert = routed(parts.path, options.list, ["path", "options.list"]);
  const ownDelete = options.delete;
  const gone =
    ownDelete?.path === undefined
      ? upsert
      : routed(ownDelete.path, ownDelete.list ?? options.list, ["options.delete.path", "options.delete.list"]);
  if (upsert !== undefined) problems.push(...itemProblems(upsert, options), ...upsert.header.problems());
  if (batched && upsert !== undefined && upsert.taken.length > 0)
    problems.push({ at: "options.header", message: "has columns of a row, and a batch has one header for many rows" });
  for (const route of new Set([upsert, gone])) if (route !== undefined) problems.push(...fixedProblems(route, options));
  if (problems.length > 0 || upsert === undefined || gone === undefined) return { problems };
  const own = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { options, headers: Object.fromEntries(own), upsert, delete: gone };
}

interface Asked {
  readonly list: string | undefined;
  readonly batched: boolean;
  readonly places: readonly [at: string, listAt: string];
  readonly options: SoapStrategyOptions;
  readonly rules: PlanRules;
}

function routeOf(
  operation: Operation | string,
  { list, batched, places: [at, listAt], options, rules }: Asked & { readonly path: string },
  problems: Problem[],
): Route | undefined {
  if (typeof operation === "string") {
    problems.push({ at, message: operation });
    return undefined;
  }
  const header = new HeaderPlan(operation, rules.header, options.header);
  const taken = fieldsTaken(options.header);
  if (!batched) return { operation, item: operation.request, list: undefined, most: 1, least: 0, header, taken };
  if (list === undefined) {
    problems.push({ at: listAt, message: "is missing: which repeated element of the request takes the batch" });
    return undefined;
  }
  const item = located(operation.request, list);
  if (typeof item === "object" && item.max > 1 && !(item.isColumn && item.element.max === 1)) {
    const { element, isColumn, max } = item;
    const most = isColumn ? element.max : max;
    return { operation, item: element, list, most, least: element.min, header, taken };
  }
  const reason = typeof item === "string" ? item : `is no repeated element of ${operation.request.name}`;
  problems.push({ at: listAt, message: reason });
  return undefined;
}

function located(root: ElementShape, path: string): Entry | string | undefined {
  try {
    return elementAt(root, path);
  } catch (error) {
    if (error instanceof SchemaError) return `cannot be expressed: ${error.message}`;
    throw error;
  }
}

/** The elements that the options name must be there, and such that they can be written. */
function itemProblems({ item, operation }: Route, { document, stamp }: SoapStrategyOptions): readonly Problem[] {
  const isHollow = (type: Parameters<typeof operation.shapes.concreteBelow>[0]) =>
    operation.shapes.concreteBelow(type).length === 0;
  const unusable = schemaProblems(item, isHollow);
  if (unusable.length > 0) return [{ at: "options.list", message: `cannot be used: ${unusable.join("; ")}` }];
  const { type } = item;
  const { entries, ambiguous } =
    type.kind === "complex" ? contentsOf(type.content) : { entries: new Map<string, Entry>(), ambiguous: new Set() };
  const names = new Set([...entries.keys()].filter((name) => !ambiguous.has(name)));
  for (const { name } of type.kind === "complex" ? type.attributes : []) names.add(`@${name}`);
  const wanted = [
    ["options.document", document],
    ...Object.entries(stamp ?? {}).map(([key, name]) => [`options.stamp.${key}`, name]),
  ];
  return wanted.flatMap(([at = "", name]) => {
    if (name === undefined) return [];
    if (!names.has(name))
      return [{ at, message: `is no element of ${item.name}; it has ${[...names].join(", ") || "none"}` }];
    const element = entries.get(name)?.element;
    const problems = element === undefined ? [] : schemaProblems(element, isHollow);
    return problems.length === 0 ? [] : [{ at, message: `cannot be used: ${problems.join("; ")}` }];
  });
}

/** With its list the request must be whole by `fixed`; without one the item's own elements are still to come. */
function fixedProblems(
  { operation, list, least }: Route,
  { fixed = {}, hexBinary }: SoapStrategyOptions,
): readonly Problem[] {
  const { request, shapes, encoding } = operation;
  const pen = new Pen({ isPart: list === undefined, shapes, encoding, hexBinary });
  const items = new WrittenElements(Array.from({ length: Math.max(1, Math.min(least, 10_000)) }, () => ""));
  pen.writeRoot(request, list === undefined ? fixed : placed(fixed, list, items));
  return pen.misfits.map(({ field, reason }: Misfit) => ({ at: `options.fixed.${field}`, message: reason }));
}

/** What is wrong with a strategy as a whole; every problem at once. Without a WSDL, what can be seen without one. */
export function checkSoapStrategy(
  strategy: Strategy,
  contract: Contract | undefined,
  rules: PlanRules,
): readonly Problem[] {
  const batched = strategy.batch > 1;
  const problems = [...checkSending(strategy, rules.headers)];
  if (problems.length > 0) return problems;
  if (contract !== undefined) {
    const plan = planOf(strategy, contract, batched, rules);
    if ("problems" in plan) problems.push(...plan.problems);
    else problems.push(...batchProblems(strategy, plan));
  }
  const options = strategy.options as SoapStrategyOptions;
  if (!batched && options.list !== undefined)
    problems.push({ at: "options.list", message: "takes a batch, and without `batch` above 1 there is none" });
  if (!batched && options.answer?.items !== undefined)
    problems.push({ at: "options.answer.items", message: "needs `batch` above 1: one item is the whole call" });
  if (strategy.rows === "many" && options.document === undefined)
    problems.push({
      at: "options.document",
      message: 'is missing: with `rows: "many"` a document is a list, and a list is no element',
    });
  if (strategy.whenAbsent === "delete" && options.delete?.path === undefined && options.stamp?.operation === undefined)
    problems.push({
      at: "options.delete.path",
      message: "is missing: which operation tells of a delete (or which element, as `options.stamp.operation`)",
    });
  return problems;
}

/** A list that takes fewer items than a batch has, or more than it may have, would be refused call by call. */
function batchProblems({ batch }: Strategy, { upsert, delete: gone }: SendingPlan): readonly Problem[] {
  const routes = upsert === gone ? [upsert] : [upsert, gone];
  return routes.flatMap(({ list, most, least }) => {
    if (list === undefined) return [];
    if (batch > most) return [{ at: "batch", message: `is ${batch}, and ${list} may be there ${most} times` }];
    return least > 1 ? [{ at: "batch", message: `may be 1 at a time, and ${list} must be there ${least} times` }] : [];
  });
}
