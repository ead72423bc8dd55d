import type { CallSource, InspectedCall } from "../calls.ts";
import { hostile } from "./busy-shop.ts";

/** Calls as `syncline dev` sees them: upserts, a list, a delete, and one that was refused. */
export function seenCalls(now: () => number): CallSource {
  const request = {
    method: "PUT",
    url: "https://search.example.com/customers/4711",
    headers: { "content-type": "application/json", authorization: "(hidden)", "idempotency-key": "9f3c-90211" },
    body: { id: "4711", email: "a@example.com", note: hostile.message },
  };
  const call = (id: number, more: Partial<InspectedCall> = {}): InspectedCall => ({
    ...{ id: String(id), at: now() - (5 - id) * 1_700, strategy: "search-customers", downstream: "search" },
    ...{ operation: "upsert", keys: [{ customerId: "4711" }], attempt: 1, request, outcome: "recorded" },
    ...more,
  });
  const refused = { kind: "rejected", code: "http.422", message: hostile.message, effect: "no" } as const;
  const calls = [
    call(4),
    call(3, {
      strategy: "crm-orders",
      downstream: "crm",
      keys: Array.from({ length: 40 }, (_, index) => ({ orderId: String(index) })),
      request: { method: "POST", url: "https://crm.example.com/api/orders/bulk", headers: {}, body: [hostile.long] },
    }),
    call(2, {
      operation: "delete",
      attempt: 3,
      keys: [JSON.parse(hostile.key)],
      request: { method: "DELETE", url: "https://search.example.com/customers/4712", headers: {} },
      outcome: { status: "failed", failure: refused },
    }),
    call(1, { strategy: "ledger-invoices", request: { path: "Ledger.put", items: [{ total: "12.50" }] } }),
  ];
  return { sends: false, list: () => calls };
}
