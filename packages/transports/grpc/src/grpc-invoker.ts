import { type Client, status as codes, type Metadata } from "@grpc/grpc-js";
import type {
  Failure,
  InvokeContext,
  ItemFailure,
  Outcome,
  SyncCall,
  SyncInvoker,
  SyncItem,
  WireValue,
} from "@syncline/core/spi";
import {
  cleanText,
  demandSuccess,
  failed,
  failure,
  judgeDocument,
  problemWords,
  type SecretKeeper,
  type StrategyHeaderRules,
  stopped,
  synclineHeaders,
} from "@syncline/core/transport-kit";
import { answerBytes } from "./channel.ts";
import type { Connection } from "./connection.ts";
import { type GrpcOptions, headerRules } from "./options.ts";
import type { Schema } from "./schema.ts";
import { classifyStatus, isUnconnected, type StatusRules } from "./status.ts";
import { type GrpcStrategyOptions, planOf, type Route, type SendingPlan } from "./strategy-options.ts";
import { type CallEnd, callOnce, streamOnce } from "./unary.ts";

interface Planned {
  readonly call: SyncCall;
  readonly schema: Schema;
  readonly plan: SendingPlan | Failure;
}

/** One attempt per call; everything that can go wrong is an outcome. */
export class GrpcInvoker implements SyncInvoker {
  readonly #connection: Connection;
  readonly #keeper: SecretKeeper;
  readonly #rules: StatusRules;
  readonly #rulesOfHeaders: StrategyHeaderRules;
  readonly #maxBytes: number;
  readonly #healthService: string;
  readonly #plans = new Map<string, Planned>();
  /**
   * Strategies whose last call did not fit: before the next one a schema by reflection is asked for
   * again.
   */
  readonly #doubting = new Set<string>();
  #closed = false;

  constructor(options: GrpcOptions, connection: Connection) {
    this.#connection = connection;
    this.#keeper = connection.keeper;
    this.#rules = { statusKinds: options.statusKinds ?? {}, answerBytes: answerBytes(options) };
    this.#rulesOfHeaders = headerRules(options);
    this.#maxBytes = options.maxBytes ?? 4_194_304;
    this.#healthService = options.healthService ?? "";
  }

  async invoke(call: SyncCall, context: InvokeContext): Promise<Outcome> {
    const outcome = await this.#invoke(call, context);
    if (outcome.status === "failed" && outcome.failure.kind === "misconfigured") this.#doubting.add(call.strategy);
    return outcome;
  }

  async #invoke(call: SyncCall, context: InvokeContext): Promise<Outcome> {
    if (this.#closed) return failed(failure("cancelled", "grpc.closed", "the transport is closed", "no"));
    if (context.signal.aborted) return failed(stopped("grpc", context, false));
    if (this.#doubting.delete(call.strategy)) await this.#connection.renew(context.signal);
    const ready = await this.#connection.ready(context.signal);
    if (ready === undefined) return failed(stopped("grpc", context, false));
    if ("failure" in ready) return failed(ready.failure);
    const plan = this.#planOf(call);
    if ("kind" in plan) return failed(plan);
    const { options } = plan;
    const route = call.operation === "delete" ? plan.delete : plan.upsert;
    const encoded = encodeItems(call, route, options);
    if ("unsendable" in encoded) return { status: "unsendable", failures: encoded.unsendable };
    const requests = requestsOf(call, route, encoded.messages);
    const size = requests.reduce((sum, request) => Math.max(sum, request.length), 0);
    if (size > this.#maxBytes)
      return failed(
        failure(
          "too-large",
          "grpc.max-bytes",
          `the request is larger than the downstream's maxBytes (${this.#maxBytes})`,
          "no",
        ),
      );
    const metadata = await this.#connection.metadata();
    if ("failure" in metadata) return failed(metadata.failure);
    addHeaders(metadata.metadata, call, context, options);
    if (context.signal.aborted) return failed(stopped("grpc", context, false));
    const end = await send(ready.client, route, metadata.metadata, context, requests);
    return this.#judge(end, call, context, plan, route);
  }

  async check(context: InvokeContext): Promise<Failure | undefined> {
    const ready = await this.#connection.ready(context.signal);
    if (ready === undefined) return stopped("grpc", context, false);
    if ("failure" in ready) return ready.failure;
    const metadata = await this.#connection.metadata();
    if ("failure" in metadata) return metadata.failure;
    const found = await checkHealth(ready.client, metadata.metadata, context, this.#healthService, this.#rules);
    if (found?.kind === "unauthorized") this.#keeper.forget();
    return found?.kind === "unavailable" ? (this.#connection.refusal ?? found) : found;
  }

  /** Without the downstream's own metadata: credentials are among it. */
  describe(call: SyncCall): { readonly [part: string]: WireValue } {
    const plan = this.#planOf(call);
    if ("kind" in plan) return { problem: plan.message };
    const route = call.operation === "delete" ? plan.delete : plan.upsert;
    const encoded = encodeItems(call, route, plan.options);
    if ("unsendable" in encoded) return { problem: encoded.unsendable.map((item) => item.failure.message).join("; ") };
    const items = call.items.map((item) => documentOf(call, item, plan.options));
    return {
      method: route.method.path,
      metadata: { ...plan.options.metadata, "idempotency-key": call.callId },
      request: route.list === undefined ? (items[0] ?? null) : { ...route.fixed, [route.list]: items },
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#connection.close();
  }

  #planOf(call: SyncCall): SendingPlan | Failure {
    const schema = this.#connection.schema;
    if (schema === undefined) return failure("misconfigured", "grpc.schema", "the schema is not known yet", "no");
    const kept = this.#plans.get(call.strategy);
    if (
      kept?.schema === schema &&
      kept.call.path === call.path &&
      kept.call.options === call.options &&
      kept.call.batched === call.batched
    )
      return kept.plan;
    const plan = planOf(call, schema, call.batched, this.#rulesOfHeaders);
    const made =
      "problems" in plan ? failure("misconfigured", "grpc.strategy", problemWords(plan.problems), "no") : plan;
    this.#plans.set(call.strategy, { call, schema, plan: made });
    return made;
  }

  #judge(end: CallEnd, call: SyncCall, context: InvokeContext, plan: SendingPlan, route: Route): Outcome {
    if ("status" in end) {
      // Our own cancel, and the deadline that gRPC keeps beside us, are told by the clock.
      const ours = end.status.code === codes.CANCELLED || end.status.code === codes.DEADLINE_EXCEEDED;
      if (ours && (context.signal.aborted || Date.now() >= context.deadline))
        return failed(stopped("grpc", context, true));
      if (call.operation === "delete" && !call.batched && end.status.code === codes.NOT_FOUND)
        return { status: "accepted" };
      // One connection may be refused while the call was under way on another.
      if (isUnconnected(end.status) && this.#connection.refusal !== undefined) return failed(this.#connection.refusal);
      const verdict = classifyStatus(end.status, this.#rules, (place) => route.method.hasField(place), end.headers);
      if (verdict === "accepted") return { status: "accepted" };
      if (verdict.kind === "unauthorized") this.#keeper.forget();
      return failed(verdict);
    }
    const rules = plan.options.answer;
    if (rules === undefined) return { status: "accepted" };
    try {
      const clean = (text: string) => cleanText(text, (dirty) => this.#keeper.scrub(dirty));
      return judgeDocument(rules, route.method.decode(end.answer), { transport: "grpc", items: call.items, clean });
    } catch {
      // What explains failures alone has none to explain: the status says OK.
      if (!demandSuccess(rules)) return { status: "accepted" };
      return failed(
        failure("transient", "grpc.answer", "answered OK, but with what is not the method's answer", "maybe"),
      );
    }
  }
}

function encodeItems(
  call: SyncCall,
  route: Route,
  options: GrpcStrategyOptions,
): { readonly messages: readonly unknown[] } | { readonly unsendable: readonly ItemFailure[] } {
  const messages: unknown[] = [];
  const unsendable: ItemFailure[] = [];
  for (const [index, item] of call.items.entries()) {
    const encoded = route.method.encodeItem(documentOf(call, item, options), {
      list: call.batched ? route.list : undefined,
      fixed: route.fixed,
      columnsAt: options.document,
    });
    if ("message" in encoded) messages.push(encoded.message);
    else {
      const { field, reason } = encoded.misfit;
      unsendable.push({ index, failure: failure("rejected", "grpc.message", `${field} ${reason}`, "no") });
    }
  }
  return unsendable.length > 0 ? { unsendable } : { messages };
}

/** The item's message as JSON: the document, or the key of a delete, with the stamps that the strategy asks for. */
function documentOf(call: SyncCall, item: SyncItem, options: GrpcStrategyOptions): WireValue {
  const { stamp, document } = options;
  const isDelete = call.operation === "delete";
  const stamps = {
    ...(stamp?.deliveryId === undefined ? {} : { [stamp.deliveryId]: item.deliveryId }),
    ...(stamp?.revision === undefined ? {} : { [stamp.revision]: item.revision }),
    ...(stamp?.version === undefined || item.version === undefined ? {} : { [stamp.version]: item.version }),
    ...(stamp?.operation === undefined ? {} : { [stamp.operation]: call.operation }),
  };
  if (isDelete) return { ...item.key, ...stamps };
  if (document !== undefined) return { [document]: item.body, ...stamps };
  const isFields = typeof item.body === "object" && item.body !== null && !Array.isArray(item.body);
  return isFields ? { ...(item.body as object), ...stamps } : item.body;
}

function requestsOf(
  call: SyncCall,
  { method, list, fixed }: Route,
  messages: readonly unknown[],
): readonly Uint8Array[] {
  if (call.batched && list !== undefined) return [method.listRequest(list, messages, fixed)];
  return messages.map((message) => method.request(message));
}

function send(
  client: Client,
  { method }: Route,
  metadata: Metadata,
  context: InvokeContext,
  requests: readonly Uint8Array[],
): Promise<CallEnd> {
  const call = { path: method.path, metadata, deadline: context.deadline, signal: context.signal };
  const [only = new Uint8Array()] = requests;
  return method.requestStream ? streamOnce(client, call, requests) : callOnce(client, call, only);
}

/** The first of a name wins: whatever else was let through, it is what the downstream and Syncline set. */
function addHeaders(metadata: Metadata, call: SyncCall, context: InvokeContext, options: GrpcStrategyOptions): void {
  const own: readonly (readonly [string, string])[] = [
    ["idempotency-key", call.callId],
    ...Object.entries(synclineHeaders(call)),
    ...Object.entries(options.metadata ?? {}),
    ...Object.entries(context.trace),
  ];
  for (const [name, value] of own) {
    if (!/^[\x20-\x7e]*$/.test(value) || !/^[0-9a-z_.-]+$/i.test(name)) continue;
    if (metadata.get(name).length === 0) metadata.set(name, value);
  }
}

/** By the health protocol where the server has it; a server without it has answered, and so is there. */
async function checkHealth(
  client: Client,
  metadata: Metadata,
  context: InvokeContext,
  service: string,
  rules: StatusRules,
): Promise<Failure | undefined> {
  const name = Buffer.from(service, "utf8");
  const request = name.length === 0 ? new Uint8Array() : Buffer.concat([Buffer.from([10, name.length]), name]);
  const { deadline, signal } = context;
  const end = await callOnce(client, { path: "/grpc.health.v1.Health/Check", metadata, deadline, signal }, request);
  if ("answer" in end) {
    // HealthCheckResponse: field 1 is the status, and 1 is SERVING.
    return end.answer[0] === 8 && end.answer[1] === 1
      ? undefined
      : failure("unavailable", "grpc.not-serving", "its health service says that it is not serving", "no");
  }
  const { code } = end.status;
  if (code === codes.UNIMPLEMENTED || code === codes.NOT_FOUND) return undefined;
  if (signal.aborted) return stopped("grpc", context, false);
  const verdict = classifyStatus(end.status, rules, undefined, end.headers);
  // Whatever came of the probe, it did nothing.
  return verdict === "accepted" ? undefined : { ...verdict, effect: "no" };
}
