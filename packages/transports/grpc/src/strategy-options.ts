import type { Problem, Strategy, SyncCall, WireValue } from "@syncline/core/spi";
import {
  type AnswerRules,
  type Check,
  checkAnswerRules,
  checkHeadersOfStrategy,
  isFields,
  isObject,
  isText,
  type StrategyHeaderRules,
  sameHeader,
  satisfies,
} from "@syncline/core/transport-kit";
import { isMetadataValue } from "./options.ts";
import type { Fixed, RpcMethod } from "./rpc-method.ts";
import type { Schema } from "./schema.ts";

/** A strategy's `options` for this transport. */
export interface GrpcStrategyOptions {
  /** A batch goes into this repeated field of one request. Without it, `path` must be a client-streaming method. */
  readonly list?: string;
  /** The document goes into this field of the item's message, instead of being the message. */
  readonly document?: string;
  /** Fields of the item's message that tell what a receiver needs to be idempotent; each is the name of a text field. */
  readonly stamp?: {
    readonly deliveryId?: string;
    readonly revision?: string;
    readonly version?: string;
    readonly operation?: string;
  };
  /** Constant fields of the request. */
  readonly fixed?: { readonly [field: string]: WireValue };
  /**
   * Constant metadata that the downstream's `strategyHeaders` allow. No secrets: they belong to the
   * downstream.
   */
  readonly metadata?: { readonly [name: string]: string };
  /**
   * How a delete is told. Its item's message is made of the key's fields. Default: by the strategy's own method, in the
   * same `list`, with the same `fixed`.
   */
  readonly delete?: {
    readonly path?: string;
    readonly list?: string;
    readonly fixed?: { readonly [field: string]: WireValue };
  };
  /** How the answer is judged. Paths are field names as in the file; what was not sent has its default. */
  readonly answer?: AnswerRules;
}

const isFieldName = satisfies((value) => /^[A-Za-z_]\w{0,127}$/.test(String(value)), "must be the name of a field");
const isPlainName = satisfies(
  (value) => /^[0-9a-z_.-]{1,128}$/.test(String(value)) && !/^grpc-|-bin$/.test(sameHeader(String(value))),
  "is no metadata name in lower case, or one that gRPC or Syncline sets itself",
);
const isPath: Check = satisfies(
  (value) => typeof value === "string" && /^[A-Za-z_][\w.]*\/[A-Za-z_]\w*$/.test(value),
  "must be package.Service/Method",
);
const isFixed = satisfies(isFields, "must be an object of fields");

const checkOptions = (rules: StrategyHeaderRules) =>
  isObject({
    list: isFieldName,
    document: isFieldName,
    stamp: isObject({ deliveryId: isFieldName, revision: isFieldName, version: isFieldName, operation: isFieldName }),
    fixed: isFixed,
    metadata: checkHeadersOfStrategy(rules, isPlainName, isMetadataValue),
    delete: isObject({ path: isPath, list: isText, fixed: isFixed }),
    answer: checkAnswerRules,
  });

/** What of a strategy, or of a call, is this transport's. */
export type SendingParts = Pick<SyncCall, "path" | "method" | "options">;

/** How one operation of a strategy is sent. */
export interface Route {
  readonly method: RpcMethod;
  readonly list: string | undefined;
  readonly fixed: Fixed;
}

export interface SendingPlan {
  readonly options: GrpcStrategyOptions;
  readonly upsert: Route;
  readonly delete: Route;
}

/** What is wrong with the parts by themselves, without a schema. */
export function checkSending(parts: SendingParts, rules: StrategyHeaderRules): readonly Problem[] {
  const problems: Problem[] = [];
  isPath(parts.path, "path", problems);
  if (parts.method !== undefined)
    problems.push({ at: "method", message: "is HTTP's: over gRPC the path names the method" });
  checkOptions(rules)(parts.options, "options", problems);
  return problems;
}

/** The plan, or everything that is wrong with it. `batched`: the strategy sends lists. */
export function planOf(
  parts: SendingParts,
  schema: Schema,
  batched: boolean,
  rules: StrategyHeaderRules,
): SendingPlan | { readonly problems: readonly Problem[] } {
  const problems = [...checkSending(parts, rules)];
  if (problems.length > 0) return { problems };
  const options = parts.options as GrpcStrategyOptions;
  const { delete: own, list, fixed = {} } = options;
  const upsert = routeOf(schema, { path: parts.path, list, fixed }, placesOf(""), batched, problems);
  const ofDelete = { path: own?.path ?? parts.path, list: own?.list ?? list, fixed: own?.fixed ?? fixed };
  // Without a method of its own a delete goes the same way, and what is wrong with that is said once.
  const isOwn = tellsDelete(own);
  const gone = isOwn ? routeOf(schema, ofDelete, placesOf("options.delete."), batched, problems) : upsert;
  problems.push(...checkItemFields(options, upsert, isOwn ? gone : undefined));
  if (problems.length > 0 || upsert === undefined || gone === undefined) return { problems };
  return { options, upsert, delete: gone };
}

/** Whether deletes have a method, a list or constant fields of their own. */
function tellsDelete(own: GrpcStrategyOptions["delete"]): boolean {
  return [own?.path, own?.list, own?.fixed].some((part) => part !== undefined);
}

/** A delete's message has stamps as well, and no document. */
function checkItemFields(
  { stamp = {}, document }: GrpcStrategyOptions,
  upsert: Route | undefined,
  gone: Route | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  const check = (route: Route | undefined, field: string | undefined, at: string, of = "") => {
    const problem = field === undefined ? undefined : route?.method.checkItemField(field, route.list);
    if (problem !== undefined) problems.push({ at, message: `${of}${problem}` });
  };
  check(upsert, document, "options.document");
  // Of a document that is the message, nothing is known before there are rows; nor of a key.
  const itemFields = document === undefined ? undefined : [document, ...Object.values(stamp)];
  const unfilled = upsert?.method.checkRequired(upsert, itemFields);
  if (unfilled !== undefined) problems.push({ at: "options", message: unfilled });
  const goneUnfilled = gone?.method.checkRequired(gone, undefined);
  if (goneUnfilled !== undefined) problems.push({ at: "options.delete", message: `for deletes, ${goneUnfilled}` });
  for (const [name, field] of Object.entries(stamp)) {
    check(upsert, field, `options.stamp.${name}`);
    check(gone, field, `options.stamp.${name}`, "for deletes, ");
  }
  return problems;
}

type Places = { readonly path: string; readonly list: string; readonly fixed: string };

const placesOf = (prefix: "" | "options.delete."): Places =>
  prefix === ""
    ? { path: "path", list: "options.list", fixed: "options.fixed" }
    : { path: `${prefix}path`, list: `${prefix}list`, fixed: `${prefix}fixed` };

function routeOf(
  schema: Schema,
  wanted: { readonly path: string; readonly list: string | undefined; readonly fixed: Fixed },
  at: Places,
  batched: boolean,
  problems: Problem[],
): Route | undefined {
  const method = schema.method(wanted.path);
  if (typeof method === "string") {
    problems.push({ at: at.path, message: method });
    return undefined;
  }
  if (method.responseStream)
    problems.push({ at: at.path, message: "answers with a stream, and a call has one answer" });
  if (batched && !method.requestStream && wanted.list === undefined)
    problems.push({ at: at.list, message: "is missing: which repeated field of the request takes the batch" });
  if (!batched && method.requestStream)
    problems.push({ at: at.path, message: "takes a stream, and without `batch` above 1 there is one item" });
  const list = batched && !method.requestStream ? wanted.list : undefined;
  const noList = list === undefined ? undefined : method.checkList(list);
  if (noList !== undefined) problems.push({ at: at.list, message: noList });
  const unfixed = method.checkFixed(wanted.fixed);
  if (unfixed !== undefined) problems.push({ at: at.fixed, message: unfixed });
  return { method, list, fixed: wanted.fixed };
}

/** What is wrong with a strategy as a whole; every problem at once. Without a schema, what can be seen without one. */
export function checkGrpcStrategy(
  strategy: Strategy,
  schema: Schema | undefined,
  rules: StrategyHeaderRules,
): readonly Problem[] {
  const batched = strategy.batch > 1;
  const problems = [...checkSending(strategy, rules)];
  if (problems.length > 0) return problems;
  if (schema !== undefined) {
    const plan = planOf(strategy, schema, batched, rules);
    if ("problems" in plan) problems.push(...plan.problems);
  }
  const options = strategy.options as GrpcStrategyOptions;
  if (!batched && options.list !== undefined)
    problems.push({ at: "options.list", message: "takes a batch, and without `batch` above 1 there is none" });
  if (!batched && options.answer?.items !== undefined)
    problems.push({ at: "options.answer.items", message: "needs `batch` above 1: one item is the whole call" });
  if (strategy.rows === "many" && options.document === undefined)
    problems.push({
      at: "options.document",
      message: 'is missing: with `rows: "many"` a document is a list, and a list is no message',
    });
  if (strategy.whenAbsent === "delete" && !tellsDelete(options.delete) && options.stamp?.operation === undefined)
    problems.push({
      at: "options.delete.path",
      message:
        "is missing: which method tells of a delete (or which `list` or `fixed` beside it, or which field, as `options.stamp.operation`)",
    });
  return problems;
}
