import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Failure, InvokeContext, Outcome, SyncCall, SyncInvoker, WireValue } from "@syncline/core/spi";
import { cleanText, failed, failure, isAborted, stopped, unlessAborted } from "@syncline/core/transport-kit";
import {
  classifyFault,
  classifyStatus,
  credentialFailure,
  type HttpAnswer,
  type HttpDownstream,
  type HttpFault,
  isRefusedToken,
  signHmac,
  signWebhook,
} from "@syncline/http-client";
import { type ConflictRules, type ConflictVerdict, isConflict, judgeConflict } from "./conflict.ts";
import { forReading, isLonger, joinHeaders } from "./joined-headers.ts";
import { type Judgement, judgeSuccess, readsSuccess, refineFailure } from "./judge-answer.ts";
import { encode, type Message, readingOf } from "./message.ts";
import { type HttpOptions, headerRules } from "./options.ts";
import { withQueryKey } from "./query-key.ts";
import { type SendingPlan, SendingPlans } from "./sending-plan.ts";

const compress = promisify(gzip);
const gzipFrom = 1024;
// Long enough for any body that belongs to an acknowledgement, short beside a deadline: what is slower keeps a socket and
// a place in its lane busy for nothing.
const bodyWaitMs = 1000;
const answerBytes = 65_536;

type Headers = { readonly [name: string]: string };
type Built = { readonly headers: { [name: string]: string } } | { readonly failure: Failure };

/** One attempt per call; everything that can go wrong is an outcome. */
export class HttpInvoker implements SyncInvoker {
  readonly #options: HttpOptions;
  readonly #downstream: HttpDownstream;
  readonly #basePath: string;
  readonly #idempotencyHeader: string;
  readonly #plans: SendingPlans;
  #closed = false;

  constructor(options: HttpOptions, downstream: HttpDownstream, idempotencyHeader: string) {
    this.#options = options;
    this.#downstream = downstream;
    this.#basePath = new URL(options.baseUrl).pathname.replace(/(?<!\/)\/+$/, "");
    this.#idempotencyHeader = idempotencyHeader;
    this.#plans = new SendingPlans(headerRules(options), options.statusKinds);
  }

  async invoke(call: SyncCall, context: InvokeContext): Promise<Outcome> {
    if (this.#closed) return failed(failure("cancelled", "http.closed", "the transport is closed", "no"));
    if (isAborted(context)) return failed(stopped("http", context, false));
    const plan = this.#plans.of(call);
    if (typeof plan === "string") return failed(failure("misconfigured", "http.strategy", plan, "no"));
    const encoded = encode(call, plan);
    if ("unsendable" in encoded) return { status: "unsendable", failures: encoded.unsendable };
    if ("misfit" in encoded) return failed(failure("misconfigured", "http.strategy", encoded.misfit, "no"));
    const { message } = encoded;
    const endpoint = call.operation === "delete" ? plan.delete : plan.upsert;
    const limit = this.#options.maxBytes ?? 1_048_576;
    if (message.body !== undefined && isLonger(message.body, limit)) {
      return failed(
        failure("too-large", "http.max-bytes", `the body is larger than the downstream's maxBytes (${limit})`, "no"),
      );
    }
    const addressed = this.#options.queryKey === undefined ? message : await this.#withKey(message);
    if ("failure" in addressed) return failed(addressed.failure);
    const built = this.#headers(call, context, plan, addressed);
    const headers = built instanceof Promise ? await built : built;
    if ("failure" in headers) return failed(headers.failure);
    const needsBody =
      readsSuccess(endpoint.answer) || this.#options.ok !== undefined || endpoint.conflict !== undefined;
    let result = await this.#send(addressed, headers.headers, needsBody, context);
    // What was refused at the door did nothing. An access token may have been revoked before its time: one fresh one is tried.
    if ("status" in result && isRefusedToken(result.status) && this.#downstream.credentials.refused(headers.headers)) {
      const fresh = await this.#headers(call, context, plan, addressed);
      if ("failure" in fresh) return failed(fresh.failure);
      result = await this.#send(addressed, fresh.headers, needsBody, context);
    }
    if (endpoint.conflict !== undefined) {
      const verdict = await this.#conflict(endpoint.conflict, result, call, context, plan);
      if (verdict !== undefined) return verdict === "accepted" ? { status: "accepted" } : failed(verdict);
    }
    return this.#judge(result, call, context, plan, message);
  }

  async check(context: InvokeContext): Promise<Failure | undefined> {
    const fault = await this.#downstream.client.probe(context.signal);
    return fault === undefined ? undefined : this.#faultOf(fault, context);
  }

  /** Without the downstream's own headers: credentials are among them. */
  describe(call: SyncCall): { readonly [part: string]: WireValue } {
    const plan = this.#plans.of(call);
    if (typeof plan === "string") return { problem: plan };
    const encoded = encode(call, plan);
    if ("unsendable" in encoded) {
      return { problem: encoded.unsendable.map((item) => item.failure.message).join("; ") };
    }
    if ("misfit" in encoded) return { problem: encoded.misfit };
    const { method, path, headers, body, contentType } = encoded.message;
    const { standing: kept } = call.operation === "delete" ? plan.delete : plan.upsert;
    const standing = kept.after({}, body === undefined ? undefined : contentType);
    return {
      method,
      url: new URL(this.#options.baseUrl).origin + this.#basePath + path,
      headers: { ...standing, ...headers, [this.#idempotencyHeader]: call.callId },
      body: body ?? null,
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#downstream.close();
  }

  /** At once where no secret has to be fetched and nothing is signed: the hot path does not wait. */
  #headers(call: SyncCall, context: InvokeContext, plan: SendingPlan, message: Message): Built | Promise<Built> {
    try {
      const base = this.#downstream.credentials.get();
      if (base instanceof Promise || this.#options.signature !== undefined) {
        return this.#headersLater(base, call, context, plan, message);
      }
      return { headers: joinHeaders(base, call, context, plan, message, this.#idempotencyHeader) };
    } catch (error) {
      return this.#withoutCredentials(error);
    }
  }

  async #headersLater(
    base: Headers | Promise<Headers>,
    call: SyncCall,
    context: InvokeContext,
    plan: SendingPlan,
    message: Message,
  ): Promise<Built> {
    try {
      const known = base instanceof Promise ? await unlessAborted(base, context.signal) : base;
      if (known === undefined) return { failure: stopped("http", context, false) };
      const headers = joinHeaders(known, call, context, plan, message, this.#idempotencyHeader);
      return { headers: Object.assign(headers, await this.#signature(call, message)) };
    } catch (error) {
      return this.#withoutCredentials(error);
    }
  }

  async #signature({ callId }: SyncCall, { method, path, body = "" }: Message): Promise<Headers> {
    const { signature, baseUrl } = this.#options;
    const { keeper } = this.#downstream;
    if (signature === undefined) return {};
    const now = Date.now();
    if ("standardWebhooks" in signature)
      return signWebhook(signature.standardWebhooks, keeper, { id: callId, body, now });
    const sent = { method, host: new URL(baseUrl).host, path: this.#basePath + path, callId, body, now };
    return signHmac(signature.hmac, keeper, sent);
  }

  async #withKey(message: Message): Promise<Message | { readonly failure: Failure }> {
    const { queryKey } = this.#options;
    try {
      if (queryKey === undefined) return message;
      return { ...message, path: await withQueryKey(message.path, queryKey, this.#downstream.keeper) };
    } catch (error) {
      return this.#withoutCredentials(error);
    }
  }

  #withoutCredentials(error: unknown): { readonly failure: Failure } {
    return { failure: credentialFailure(error, (text) => this.#downstream.keeper.scrub(text)) };
  }

  #send(
    message: Message,
    headers: { [name: string]: string },
    needsBody: boolean,
    context: InvokeContext,
  ): Promise<HttpAnswer | HttpFault> {
    const { body } = message;
    if (this.#options.gzip !== true || body === undefined || Buffer.byteLength(body) < gzipFrom) {
      return this.#request(message, body, headers, needsBody, context);
    }
    return compress(body).then((compressed) => {
      headers["content-encoding"] = "gzip";
      return this.#request(message, compressed, headers, needsBody, context);
    });
  }

  #request(
    message: Message,
    body: string | Uint8Array | undefined,
    headers: Headers,
    needsBody: boolean,
    context: InvokeContext,
  ): Promise<HttpAnswer | HttpFault> {
    if (isAborted(context)) return Promise.resolve({ fault: "ABORTED", reason: "", sent: false });
    return this.#downstream.client.request({
      method: message.method,
      path: this.#basePath + message.path,
      headers,
      body,
      signal: context,
      maxAnswerBytes: this.#options.answerBytes ?? answerBytes,
      bodyWaitMs: needsBody ? undefined : bodyWaitMs,
    });
  }

  /** Who has the newer state; the downstream is asked once where its answer does not tell. */
  #conflict(
    rules: ConflictRules,
    result: HttpAnswer | HttpFault,
    call: SyncCall,
    context: InvokeContext,
    plan: SendingPlan,
  ): Promise<ConflictVerdict> | undefined {
    const [item] = call.items;
    if (!("status" in result) || item === undefined || !isConflict(rules, result.status)) return undefined;
    const isDelete = call.operation === "delete";
    const most = this.#options.answerBytes ?? answerBytes;
    return judgeConflict(rules, result, item, isDelete, most, async () => {
      const message = readingOf(isDelete ? plan.delete : plan.upsert, item);
      if ("kind" in message) return message;
      const addressed = this.#options.queryKey === undefined ? message : await this.#withKey(message);
      if ("failure" in addressed) return addressed.failure;
      const built = await this.#headers(call, context, plan, addressed);
      if ("failure" in built) return built.failure;
      return this.#send(addressed, forReading(built.headers, this.#idempotencyHeader), true, context);
    });
  }

  #judge(
    result: HttpAnswer | HttpFault,
    call: SyncCall,
    context: InvokeContext,
    plan: SendingPlan,
    message: Message,
  ): Outcome {
    if ("fault" in result) return failed(this.#faultOf(result, context));
    const isDelete = call.operation === "delete";
    const { answer } = isDelete ? plan.delete : plan.upsert;
    const judgement: Judgement = {
      rules: answer,
      ok: this.#options.ok,
      items: call.items,
      isDelete,
      statusKinds: plan.statusKinds,
      waitHeaders: this.#options.waitHeaders,
      answerBytes: this.#options.answerBytes ?? answerBytes,
      clean: (text) => cleanText(text, (dirty) => this.#downstream.keeper.scrub(dirty)),
    };
    const { status } = result;
    if (status >= 200 && status < 300 && plan.statusKinds[status] === undefined) {
      const unread = result.truncated && (readsSuccess(answer) || judgement.ok !== undefined);
      return unread && isAborted(context) ? failed(stopped("http", context, true)) : judgeSuccess(result, judgement);
    }
    // To a delete of one key "not found" and "gone" are what was wanted.
    if (isDelete && message.namesKey && (status === 404 || status === 410)) return { status: "accepted" };
    const byStatus = classifyStatus(status, result.headers, plan.statusKinds, Date.now(), this.#options.waitHeaders);
    const verdict = byStatus === "accepted" ? byStatus : refineFailure(byStatus, result, judgement);
    if (verdict === "accepted") return { status: "accepted" };
    if (verdict.kind === "unauthorized") this.#downstream.credentials.refused({});
    return failed(verdict);
  }

  #faultOf(fault: HttpFault, context: InvokeContext): Failure {
    const found = faultOf(fault, context);
    // By a proxy.
    if (found.kind === "unauthorized") this.#downstream.credentials.refused({});
    return found;
  }
}

function faultOf(fault: HttpFault, context: InvokeContext): Failure {
  return fault.fault === "ABORTED" || isAborted(context) ? stopped("http", context, fault.sent) : classifyFault(fault);
}
