import type { WireValue } from "@syncline/core/spi";
import { transportConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { soap } from "./soap.ts";
import { InboxServer, inboxWsdl } from "./testing/inbox-server.ts";

const secret = "conformance-s3cret/+~token";
const answer = { items: { path: "failures.failure", index: "index", code: "code", kind: "rejected" } };
const stamp = { deliveryId: "deliveryId", revision: "revision" };

/** What XML and the inbox's schema can say, and what is often broken on the way. */
const corpus: readonly WireValue[] = [
  { id: "9223372036854775807", total: "12345678901234567890123456789012345678.00000000000000001" },
  { id: "-9223372036854775808", total: "12.50", negative: "-123456789012345678901234567890" },
  { text: ["👩‍👩‍👧‍👦 🏳️‍🌈", "订单状态", "طلب", "e\u0301", "é", "𝄞"] },
  { text: [`"'\`\\ / \\u0041 \\n`, `<a href="x">&amp;]]></a>`, "<![CDATA[ ]]>", "$(x) {orderId} {{x}} %s %00"] },
  { text: ["tab\tline\nreturn\rboth\r\n", "\u2028\u2029\ufeff\u00a0\u007f\u0085", "", "  leading and trailing  "] },
  { nothing: null },
  { truth: true },
  { truth: false },
  { double: [0, 0.1, 1e21, 5e-324, 9_007_199_254_740_991, -1.5] },
  { at: "2026-10-25T01:30:00.000Z", day: "0001-01-01", bytes: "AAECAwT/", state: "paid" },
  { customer: { name: "Ω", "@vip": true, parent: { name: "", city: "N" } }, "@source": "a\tb\n<\"&'> " },
  { text: ["x".repeat(20_000)] },
  {},
];

/** Both versions of SOAP, both ways for documents, credentials in HTTP and in the envelope. */
const ways = {
  "SOAP 1.1, documents as elements": {
    options: { auth: { basic: { user: "syncline", password: secret } } },
    document: "order",
    port: "Inbox.Soap11",
    of: { document: (orderId: string) => ({ id: orderId, total: "12.50" }), corpus },
  },
  "SOAP 1.2, documents as JSON in an element": {
    options: { soapVersion: "1.2", security: { usernameToken: { user: "syncline", password: secret } } },
    document: "json",
    port: "Inbox.Soap12",
    of: {},
  },
} as const;

for (const [way, { options, document, port, of }] of Object.entries(ways)) {
  describe(way, () => {
    transportConformance(
      async () => {
        const downstream = new InboxServer();
        await downstream.start();
        const shared = { document, stamp };
        return {
          transport: soap({ wsdl: inboxWsdl, endpoint: downstream.endpoint, ...options }),
          downstream,
          secret,
          ...of,
          single: { path: `${port}.Put`, options: { ...shared, delete: { path: `${port}.Remove` } } },
          batch: {
            path: `${port}.PutAll`,
            options: { ...shared, list: "items.item", delete: { path: `${port}.RemoveAll`, list: "item" }, answer },
          },
          close: () => downstream.stop(),
        };
      },
      { describe, it },
      { capabilities: ["batch", "perItemOutcome", "delete"] },
    );
  });
}
