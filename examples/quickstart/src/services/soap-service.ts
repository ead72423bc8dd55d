import { readFileSync } from "node:fs";
import type { IncomingMessage, Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { listen } from "soap";
import { createPage } from "./page.ts";
import type { Store } from "./store.ts";

export const billingWsdl = fileURLToPath(new URL("./billing.wsdl", import.meta.url));

export interface Temper {
  /** What each call costs. */
  readonly delayMs: number;
  /** Each call of this number is answered with a fault, before anything of it was done. */
  readonly failsEvery: number;
}

type Message = Readonly<Record<string, unknown>>;

/** Billing: one operation to put a customer or an invoice, one to delete it. What it keeps is texts, as SOAP has it. */
export function createSoapService(store: Store, { delayMs, failsEvery }: Temper): Server {
  let calls = 0;
  const operation = (collection: string, key: string, isPut: boolean) => {
    return async (message: Message, _done: unknown, _headers: unknown, request: IncomingMessage) => {
      await delay(delayMs);
      calls += 1;
      if (calls % failsEvery === 0) throw serverFault;
      const texts = Object.fromEntries(Object.entries(message).map(([name, value]) => [name, String(value)]));
      const revision = String(request.headers["syncline-revision"]);
      return {
        known: store.tell({ collection, key: texts[key] ?? "", revision, document: isPut ? texts : undefined }),
      };
    };
  };
  const server = createPage(store);
  const accounts = {
    PutCustomer: operation("customers", "id", true),
    DeleteCustomer: operation("customers", "customerId", false),
    PutInvoice: operation("invoices", "id", true),
    DeleteInvoice: operation("invoices", "orderId", false),
  };
  listen(server, "/accounts", { Billing: { Accounts: accounts } }, readFileSync(billingWsdl, "utf8"));
  return server;
}

const serverFault = {
  Fault: { faultcode: "soap:Server", faultstring: "The ledger is being written.", statusCode: 500 },
};
