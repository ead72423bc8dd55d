import type { Problem, Strategy, SyncCall, WireValue } from "@syncline/core/spi";
import {
  type AnswerRules,
  type Check,
  checkAnswerRules,
  checkHeadersOfStrategy,
  isFields,
  isObject,
  type StrategyHeaderRules,
  satisfies,
} from "@syncline/core/transport-kit";
import { checkHeaderName, checkHeaderValue } from "@syncline/http-client";
import { placed } from "./schema/placed.ts";
import { type ElementShape, elementAt, elementsOf } from "./schema/shapes.ts";
import { type Misfit, Pen, WrittenElements } from "./schema/write-element.ts";
import type { Contract, Operation } from "./wsdl/operations.ts";

/** A strategy's `options` for this transport. */
export interface SoapStrategyOptions {
  /** A batch goes into this repeated element of the request: its path, such as `orders.order`. */
  readonly list?: string;
  /** The document goes into this element of the item, instead of being the item. If it holds a text, as JSON. */
  readonly document?: string;
  /** Elements of the item, or attributes (`@id`), that tell what a receiver needs to be idempotent. */
  readonly stamp?: {
    readonly deliveryId?: string;
    readonly revision?: string;
    readonly version?: string;
    readonly operation?: string;
  };
  /** Constant elements of the request. */
  readonly fixed?: { readonly [element: string]: WireValue };
  /**
   * Constant HTTP headers that the downstream's `strategyHeaders` allow. No secrets: they belong to the
   * downstream.
   */
  readonly headers?: { readonly [name: string]: string };
  /** How a delete is told. Its item's elements are the key's fields. Default: by the strategy's own operation. */
  readonly delete?: { readonly path?: string; readonly list?: string };
  /** How the answer is judged. Paths begin in the element that answers; every value is a text. */
  readonly answer?: AnswerRules;
}

const isElementPath = satisfies(
  (value) =>
    typeof value === "string" && value.length <= 512 && /^[\p{L}_][^\s.<>&"']*(\.[\p{L}_][^\s.<>&"']*)*$/u.test(value),
  "must be the name of an element, or a path of names joined by dots",
);
const isStampName = satisfies(
  (value) => /^@?[\p{L}_][^\s.<>&"'@]{0,127}$/u.test(String(value)),
  "must be the name of an element, or of an attribute with @ before it",
);
const isPath: Check = satisfies(
  (value) => typeof value === "string" && /^[\p{L}_][^\s<>&"'/]{0,511}$/u.test(value),
  "must be Service.Port.operation, or operation",
);

const checkOptions = (rules: StrategyHeaderRules) =>
  isObject({
    list: isElementPath,
    document: isStampName,
    stamp: isObject({ deliveryId: isStampName, revision: isStampName, version: isStampName, operation: isStampName }),
    fixed: satisfies(isFields, "must be an object of elements"),
    headers: checkHeadersOfStrategy(rules, checkHeaderName, checkHeaderValue),
    delete: isObject({ path: isPath, list: isElementPath }),
    answer: checkAnswerRules,
  });

/** What of a strategy, or of a call, is this transport's. */
export type SendingParts = Pick<SyncCall, "path" | "method" | "options">;

/** How one operation of a strategy is sent. */
export interface Route {
  readonly operation: Operation;
  /** The element that an item becomes: the request itself, or an entry of its list. */
  readonly item: ElementShape;
  readonly list: string | undefined;
}

export interface SendingPlan {
  readonly options: SoapStrategyOptions;
  /** The strategy's own, names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly upsert: Route;
  readonly delete: Route;
}

/** What is wrong with the parts by themselves, without a WSDL. */
export function checkSending(parts: SendingParts, rules: StrategyHeaderRules): readonly Problem[] {
  const problems: Problem[] = [];
  isPath(parts.path, "path", problems);
  if (parts.method !== undefined)
    problems.push({ at: "method", message: "is HTTP's: over SOAP the path names the operation" });
  checkOptions(rules)(parts.options, "options", problems);
  return problems;
}

/** The plan, or everything that is wrong with it. `batched`: the strategy sends lists. */
export function planOf(
  parts: SendingParts,
  contract: Contract,
  batched: boolean,
  rules: StrategyHeaderRules,
): SendingPlan | { readonly problems: readonly Problem[] } {
  const problems = [...checkSending(parts, rules)];
  if (problems.length > 0) return { problems };
  const options = parts.options as SoapStrategyOptions;
  const upsert = routeOf(contract, parts.path, options.list, batched, ["path", "options.list"], problems);
  const ownDelete = options.delete;
  const ownPlaces = ["options.delete.path", "options.delete.list"] as const;
  const gone =
    ownDelete?.path === undefined
      ? upsert
      : routeOf(contract, ownDelete.path, ownDelete.list ?? options.list, batched, ownPlaces, problems);
  if (upsert !== undefined) problems.push(...itemProblems(upsert, options));
  for (const route of new Set([upsert, gone])) if (route !== undefined) problems.push(...fixedProblems(route, options));
  if (problems.length > 0 || upsert === undefined || gone === undefined) return { problems };
  const own = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { options, headers: Object.fromEntries(own), upsert, delete: gone };
}

function routeOf(
  contract: Contract,
  path: string,
  list: string | undefined,
  batched: boolean,
  [at, listAt]: readonly [at: string, listAt: string],
  problems: Problem[],
): Route | undefined {
  const operation = contract.operation(path);
  if (typeof operation === "string") {
    problems.push({ at, message: operation });
    return undefined;
  }
  if (!batched) return { operation, item: operation.request, list: undefined };
  if (list === undefined) {
    problems.push({ at: listAt, message: "is missing: which repeated element of the request takes the batch" });
    return undefined;
  }
  const item = elementAt(operation.request, list);
  if (item !== undefined && item.max > 1) return { operation, item, list };
  problems.push({ at: listAt, message: `is no repeated element of ${operation.request.name}` });
  return undefined;
}

/** The elements that the options name must be there. */
function itemProblems({ item }: Route, { document, stamp }: SoapStrategyOptions): readonly Problem[] {
  const { type } = item;
  const names = new Set(type.kind === "complex" ? elementsOf(type.content).map(({ name }) => name) : []);
  for (const { name } of type.kind === "complex" ? type.attributes : []) names.add(`@${name}`);
  const wanted = [
    ["options.document", document],
    ...Object.entries(stamp ?? {}).map(([key, name]) => [`options.stamp.${key}`, name]),
  ];
  return wanted.flatMap(([at = "", name]) =>
    name === undefined || names.has(name)
      ? []
      : [{ at, message: `is no element of ${item.name}; it has ${[...names].join(", ") || "none"}` }],
  );
}

/** With its list the request must be whole by `fixed`; without one the item's own elements are still to come. */
function fixedProblems({ operation, list }: Route, { fixed = {} }: SoapStrategyOptions): readonly Problem[] {
  const pen = new Pen({ isPart: list === undefined });
  pen.writeRoot(operation.request, list === undefined ? fixed : placed(fixed, list, new WrittenElements([""])));
  return pen.misfits.map(({ field, reason }: Misfit) => ({ at: `options.fixed.${field}`, message: reason }));
}

/** What is wrong with a strategy as a whole; every problem at once. Without a WSDL, what can be seen without one. */
export function checkSoapStrategy(
  strategy: Strategy,
  contract: Contract | undefined,
  rules: StrategyHeaderRules,
): readonly Problem[] {
  const batched = strategy.batch > 1;
  const problems = [...checkSending(strategy, rules)];
  if (problems.length > 0) return problems;
  if (contract !== undefined) {
    const plan = planOf(strategy, contract, batched, rules);
    if ("problems" in plan) problems.push(...plan.problems);
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
