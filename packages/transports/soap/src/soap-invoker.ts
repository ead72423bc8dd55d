import type { Failure, InvokeContext, Outcome, SyncCall, SyncInvoker, WireValue } from "@syncline/core/spi";
import {
  cleanText,
  failed,
  failure,
  problemWords,
  shownUrl,
  stopped,
  synclineHeaders,
  unlessAborted,
} from "@syncline/core/transport-kit";
import {
  classifyFault,
  credentialFailure,
  type HttpAnswer,
  type HttpDownstream,
  type HttpFault,
  isHeaderName,
  isHeaderValue,
  isRefusedToken,
} from "@syncline/http-client";
import type { Connection } from "./connection.ts";
import { actionHeaders } from "./envelope.ts";
import { judgeAnswer } from "./judge-answer.ts";
import { planRules, type SoapOptions } from "./options.ts";
import { Sealer } from "./security.ts";
import { encode } from "./sending.ts";
import { planOf, type Route, type SendingPlan } from "./sending-plan.ts";
import type { HeaderElement } from "./soap-headers.ts";
import type { Contract } from "./wsdl/operations.ts";

interface Planned {
  readonly call: SyncCall;
  readonly contract: Contract;
  readonly plan: SendingPlan | Failure;
}

type Headers = { readonly [name: string]: string };

const answerBytes = 1_048_576;

/** One call as it goes out, but for what is made anew for each attempt. */
interface Prepared {
  readonly plan: SendingPlan;
  readonly route: Route;
  readonly body: string;
  readonly header: readonly HeaderElement[];
  readonly address: URL;
  readonly downstream: HttpDownstream;
}

/** One attempt per call; everything that can go wrong is an outcome. */
export class SoapInvoker implements SyncInvoker {
  readonly #options: SoapOptions;
  readonly #connection: Connection;
  readonly #plans = new Map<string, Planned>();
  /**
   * Strategies whose last call did not fit: before the next one the WSDL is asked for again, if it
   * came by network.
   */
  readonly #doubting = new Set<string>();
  #closed = false;

  constructor(options: SoapOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
  }

  async invoke(call: SyncCall, context: InvokeContext): Promise<Outcome> {
    const outcome = await this.#invoke(call, context);
    if (outcome.status === "failed" && outcome.failure.kind === "misconfigured") this.#doubting.add(call.strategy);
    return outcome;
  }

  async #invoke(call: SyncCall, context: InvokeContext): Promise<Outcome> {
    if (this.#closed) return failed(failure("cancelled", "soap.closed", "the transport is closed", "no"));
    if (context.signal.aborted) return failed(stopped("soap", context, false));
    if (this.#doubting.delete(call.strategy)) await this.#connection.renew(context.signal);
    const ready = await this.#connection.ready(context.signal);
    if (ready === undefined) return failed(stopped("soap", context, false));
    if ("failure" in ready) return failed(ready.failure);
    const prepared = this.#prepare(call);
    if ("status" in prepared) return prepared;
    let headers = await this.#headers(call, context, prepared);
    if ("failure" in headers) return failed(headers.failure);
    let result = await this.#send(prepared, headers.headers, context);
    // What was refused at the door did nothing. An access token may have been revoked before its time: one fresh one is tried.
    if (
      "status" in result &&
      isRefusedToken(result.status) &&
      prepared.downstream.credentials.refused(headers.headers)
    ) {
      headers = await this.#headers(call, context, prepared);
      if ("failure" in headers) return failed(headers.failure);
      result = await this.#send(prepared, headers.headers, context);
    }
    return "kind" in result ? failed(result) : this.#judge(result, call, context, prepared);
  }

  async check(context: InvokeContext): Promise<Failure | undefined> {
    const ready = await this.#connection.ready(context.signal);
    if (ready === undefined) return stopped("soap", context, false);
    if ("failure" in ready) return ready.failure;
    const address = this.#options.endpoint ?? ready.contract.address;
    if (address === undefined) return undefined;
    const downstream = this.#connection.downstreamAt(address);
    const fault = await downstream.client.probe(context.signal);
    return fault === undefined ? undefined : faultOf(fault, context, downstream);
  }

  /** Without the downstream's own headers and the header of security: credentials are in them. */
  describe(call: SyncCall): { readonly [part: string]: WireValue } {
    const prepared = this.#prepare(call);
    if ("status" in prepared) {
      if (prepared.status === "unsendable")
        return { problem: prepared.failures.map((item) => item.failure.message).join("; ") };
      return { problem: prepared.status === "failed" ? prepared.failure.message : "nothing would be sent" };
    }
    const { plan, route, address, body } = prepared;
    return {
      operation: route.operation.path,
      url: shownUrl(address.href),
      headers: { ...plan.headers, ...this.#ownHeaders(call, route) },
      body,
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#connection.close();
  }

  #prepare(call: SyncCall): Prepared | Exclude<Outcome, { readonly status: "accepted" | "partial" }> {
    const refuse = (reason: Failure) => ({ status: "failed", failure: reason }) as const;
    const plan = this.#planOf(call);
    if ("kind" in plan) return refuse(plan);
    const route = call.operation === "delete" ? plan.delete : plan.upsert;
    const encoded = encode(call, route, plan.options);
    if ("unsendable" in encoded) return { status: "unsendable", failures: encoded.unsendable };
    if ("problem" in encoded) return refuse(failure("misconfigured", "soap.strategy", encoded.problem, "no"));
    const limit = this.#options.maxBytes ?? 1_048_576;
    if (Buffer.byteLength(encoded.body) > limit) {
      const words = `the message is larger than the downstream's maxBytes (${limit})`;
      return refuse(failure("too-large", "soap.max-bytes", words, "no"));
    }
    const address = this.#options.endpoint ?? route.operation.address ?? "";
    const [problem] = this.#connection.addressProblems(route.operation.address);
    if (problem !== undefined)
      return refuse(failure("misconfigured", "soap.endpoint", `${problem.at} ${problem.message}`, "no"));
    const downstream = this.#connection.downstreamAt(address);
    return { plan, route, body: encoded.body, header: encoded.header, address: new URL(address), downstream };
  }

  #planOf(call: SyncCall): SendingPlan | Failure {
    const { contract } = this.#connection;
    if (contract === undefined) return failure("misconfigured", "soap.wsdl", "the WSDL is not known yet", "no");
    const kept = this.#plans.get(call.strategy);
    const isKept =
      kept?.contract === contract &&
      kept.call.path === call.path &&
      kept.call.options === call.options &&
      kept.call.batched === call.batched;
    if (isKept) return kept.plan;
    const plan = planOf(call, contract, call.batched, planRules(this.#options));
    const made =
      "problems" in plan ? failure("misconfigured", "soap.strategy", problemWords(plan.problems), "no") : plan;
    this.#plans.set(call.strategy, { call, contract, plan: made });
    return made;
  }

  #ownHeaders(call: SyncCall, { operation }: Route): Headers {
    const headers: { [name: string]: string } = {
      ...actionHeaders(this.#options.soapVersion ?? "1.1", operation.action),
    };
    headers[this.#options.idempotencyHeader?.toLowerCase() ?? "idempotency-key"] = call.callId;
    for (const [name, value] of Object.entries(synclineHeaders(call))) {
      if (isHeaderValue(value)) headers[name] = value;
    }
    return headers;
  }

  async #headers(
    call: SyncCall,
    context: InvokeContext,
    { downstream, plan, route }: Prepared,
  ): Promise<{ readonly headers: Headers } | { readonly failure: Failure }> {
    try {
      const base = downstream.credentials.get();
      const known = base instanceof Promise ? await unlessAborted(base, context.signal) : base;
      if (known === undefined) return { failure: stopped("soap", context, false) };
      // Whatever else was let through, what the downstream and Syncline set wins.
      const headers: { [name: string]: string } = {
        ...plan.headers,
        ...known,
        ...this.#ownHeaders(call, route),
      };
      for (const [name, value] of Object.entries(context.trace)) {
        if (isHeaderName(name) && isHeaderValue(value)) headers[name.toLowerCase()] ??= value;
      }
      return { headers };
    } catch (error) {
      return { failure: credentialFailure(error, (text) => downstream.keeper.scrub(text)) };
    }
  }

  async #send(
    { body, header, address, downstream }: Prepared,
    headers: Headers,
    context: InvokeContext,
  ): Promise<HttpAnswer | HttpFault | Failure> {
    const { soapVersion = "1.1", security } = this.#options;
    const sealer = new Sealer(soapVersion, security, downstream.keeper);
    const sealed = await unlessAborted(sealer.seal(body, header), context.signal);
    if (sealed === undefined) return stopped("soap", context, false);
    if ("failure" in sealed) return sealed.failure;
    return downstream.client.request({
      method: "POST",
      path: address.pathname + address.search,
      headers,
      body: sealed.envelope,
      signal: context,
      maxAnswerBytes: this.#options.answerBytes ?? answerBytes,
      bodyWaitMs: undefined,
    });
  }

  #judge(result: HttpAnswer | HttpFault, call: SyncCall, context: InvokeContext, prepared: Prepared): Outcome {
    const { downstream, plan, route } = prepared;
    if ("fault" in result) return failed(faultOf(result, context, downstream));
    if (result.truncated && context.signal.aborted) return failed(stopped("soap", context, true));
    const outcome = judgeAnswer(result, {
      operation: route.operation,
      rules: plan.options.answer,
      faultKinds: this.#options.faultKinds ?? {},
      statusKinds: this.#options.statusKinds ?? {},
      items: call.items,
      answerBytes: this.#options.answerBytes ?? answerBytes,
      clean: (text) => cleanText(text, (dirty) => this.#connection.scrub(dirty)),
    });
    // Secrets in files are rotated: the next call reads them again.
    if (outcome.status === "failed" && outcome.failure.kind === "unauthorized") downstream.credentials.refused({});
    return outcome;
  }
}

function faultOf(fault: HttpFault, context: InvokeContext, { credentials }: HttpDownstream): Failure {
  if (fault.fault === "ABORTED" || context.signal.aborted) return stopped("soap", context, fault.sent);
  const found = classifyFault(fault);
  // By a proxy.
  if (found.kind === "unauthorized") credentials.refused({});
  return found;
}
