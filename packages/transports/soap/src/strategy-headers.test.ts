import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SoapOptions } from "./options.ts";
import { soap } from "./soap.ts";
import { callOf, failureOf, patient, quiet, strategyOf } from "./testing/calls.ts";
import { InboxServer, inboxWsdl } from "./testing/inbox-server.ts";

let inbox: InboxServer;
beforeEach(async () => {
  inbox = new InboxServer();
  await inbox.start();
});
afterEach(() => inbox.stop());

const configured: Partial<SoapOptions> = {
  auth: { apiKey: { header: "X-Api-Key", value: "the-key" } },
  headers: { "x-tenant": "acme" },
  security: { usernameToken: { user: "ada", password: "the-password" } },
  idempotencyHeader: "x-once",
  strategyHeaders: ["x-acme-*", "accept"],
};
const open = () => soap({ wsdl: inboxWsdl, endpoint: inbox.endpoint, ...configured });
const problemsOf = (options: object) =>
  open().checkStrategy?.(strategyOf({ path: "Put", options: options as never })) ?? [];

async function send(options: object, trace = {}) {
  const transport = open();
  const invoker = transport.open({ downstream: "crm", log: quiet });
  await transport.prepare?.(AbortSignal.timeout(10_000));
  const call = callOf([{ id: 1 }], { path: "Put", options: { document: "order", ...options } });
  const outcome = await invoker.invoke(call, { ...patient(), trace });
  const shown = invoker.describe?.(call);
  await invoker.close?.();
  return { outcome, shown };
}

describe("a strategy cannot set", () => {
  it.each(
    `X-Api-Key x_api_key X-Tenant x-once SOAPAction soapaction soap_action content-type mime-version x-original-url
    x-http-method-override forwarded x-forwarded-host cookie authorization host x-unheard-of syncline-revision webhook-id`.split(
      /\s+/,
    ),
  )("%s", async (name) => {
    const refused = name === "soap_action" ? "is no header that" : "";
    expect(problemsOf({ headers: { [name]: "planted-22" } })).toMatchObject([
      { at: `options.headers.${name}`, message: expect.stringContaining(refused) },
    ]);
    const { outcome, shown } = await send({ headers: { [name]: "planted-22" } });
    expect(failureOf(outcome)).toMatchObject({ kind: "misconfigured", code: "soap.strategy", effect: "no" });
    expect(JSON.stringify([outcome, shown])).not.toContain("planted-22");
    expect(inbox.received).toEqual([]);
  });

  it("header blocks, nor what stands beside the operation's own element", async () => {
    for (const fixed of [
      { "soap:Header": {} },
      { Header: { To: "x" } },
      { "wsse:Security": "x" },
      { Security: { Username: "x" } },
    ]) {
      const { outcome } = await send({ fixed });
      expect(failureOf(outcome)).toMatchObject({ kind: "misconfigured", code: "soap.strategy" });
    }
    expect(inbox.received).toEqual([]);
    expect(problemsOf({ soapHeaders: {} })).toMatchObject([{ at: "options.soapHeaders" }]);
  });
});

it("what the downstream sets arrives, whoever else would set it", async () => {
  const trace = {
    "X-Api-Key": "a-plugin's",
    "x-tenant": "a-plugin's",
    soapaction: "a-plugin's",
    traceparent: "00-a-b-01",
  };
  const { outcome, shown } = await send({ headers: { "X-Acme-Batch": "1" } }, trace);
  expect(outcome).toEqual({ status: "accepted" });
  expect(inbox.received[0]?.headers).toMatchObject({
    "x-api-key": "the-key",
    "x-tenant": "acme",
    "x-acme-batch": "1",
    traceparent: "00-a-b-01",
  });
  expect(inbox.received[0]?.headers.soapaction).not.toContain("plugin");
  expect(inbox.received[0]?.text).toContain("the-password");
  expect(shown?.headers).toMatchObject({ "x-acme-batch": "1" });
});

it("a downstream's list names nothing that it sets itself, and no collision is silent", () => {
  const places = (options: Partial<SoapOptions>) =>
    soap({ wsdl: inboxWsdl, ...configured, ...options })
      .checkOptions?.()
      .map(({ at }) => at);
  expect(places({})).toEqual([]);
  expect(places({ strategyHeaders: ["x-tenant", "X_Api_Key", "cookie", "*"] })).toEqual([
    "strategyHeaders[2]",
    "strategyHeaders[3]",
  ]);
  expect(places({ strategyHeaders: ["x-tenant", "X_Api_Key"] })).toEqual(["strategyHeaders[0]", "strategyHeaders[1]"]);
  expect(places({ idempotencyHeader: "x_tenant" })).toEqual(["idempotencyHeader"]);
  expect(places({ idempotencyHeader: "SOAPAction" })).toEqual(["idempotencyHeader"]);
});
