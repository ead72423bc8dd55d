import { transportConformance } from "@syncline/testkit";
import { describe, it } from "vitest";
import { grpc } from "./grpc.ts";
import { InboxServer, inboxProto } from "./testing/inbox-server.ts";

const options = {
  document: "body",
  stamp: { deliveryId: "delivery_id", revision: "revision" },
  delete: { path: "inbox.v1.Inbox/Remove" },
};
const items = { path: "failures", index: "index", code: "code", kind: "rejected" };

const ways = {
  "a repeated field": { list: "items", path: "inbox.v1.Inbox/PutAll" },
  "a client's stream": { path: "inbox.v1.Inbox/PutStream" },
};

for (const [way, { path, ...list }] of Object.entries(ways)) {
  describe(`with lists in ${way}`, () => {
    transportConformance(
      async () => {
        const downstream = new InboxServer();
        await downstream.start();
        const secret = "conformance-s3cret/+~token";
        const schema = { proto: inboxProto };
        return {
          transport: grpc({ address: downstream.address, plaintext: true, schema, auth: { bearer: secret } }),
          downstream,
          secret,
          single: { path: "inbox.v1.Inbox/Put", options },
          batch: {
            path,
            options: {
              ...options,
              ...list,
              delete:
                "list" in list
                  ? { path: "inbox.v1.Inbox/RemoveAll" }
                  : { path: "inbox.v1.Inbox/RemoveAll", list: "items" },
              answer: { items },
            },
          },
          close: () => downstream.stop(),
        };
      },
      { describe, it },
      { capabilities: ["batch", "perItemOutcome", "delete"] },
    );
  });
}
