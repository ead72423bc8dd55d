import https from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { soap } from "./soap.ts";
import { callOf, failureOf, patient, quiet } from "./testing/calls.ts";
import { envelope, inboxWsdl } from "./testing/inbox-server.ts";
import { selfSigned } from "./testing/self-signed.ts";

let server: https.Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function secureInbox() {
  const bodies: string[] = [];
  server = https.createServer(selfSigned, async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString("utf8"));
    response.setHeader("content-type", "text/xml");
    response.end(envelope("1.1", '<PutResponse xmlns="urn:example:inbox:messages"><status>OK</status></PutResponse>'));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { bodies, endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}/inbox` };
}

it("a certificate that nobody vouches for is refused before anything is sent, unless the options trust it", async () => {
  const inbox = await secureInbox();
  const call = callOf([{ id: 1 }], { path: "Put", options: { document: "order" } });
  const strict = soap({ wsdl: inboxWsdl, endpoint: inbox.endpoint }).open({ downstream: "crm", log: quiet });
  expect(failureOf(await strict.invoke(call, patient()))).toMatchObject({ kind: "misconfigured", effect: "no" });
  expect(inbox.bodies).toEqual([]);
  await strict.close?.();
  const tls = { ca: selfSigned.cert };
  const trusting = soap({ wsdl: inboxWsdl, endpoint: inbox.endpoint, tls }).open({ downstream: "crm", log: quiet });
  expect(await trusting.invoke(call, patient())).toEqual({ status: "accepted" });
  expect(inbox.bodies).toHaveLength(1);
  await trusting.close?.();
});
