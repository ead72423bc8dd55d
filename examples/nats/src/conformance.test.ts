import { transportConformance } from "@syncline/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { nats } from "./nats.ts";
import { BrokerDownstream } from "./testing/broker-downstream.ts";
import { NatsServer, natsServerProgram } from "./testing/nats-server.ts";
import { Streams } from "./testing/streams.ts";

const program = natsServerProgram();
const secret = "conformance-s3cret/+~token";
const parts = { path: "orders.{orderId}", options: { stream: "ORDERS" } };

describe.skipIf(program === undefined)("on a real broker", () => {
  let server: NatsServer;
  let streams: Streams;

  beforeAll(async () => {
    server = await NatsServer.start(program ?? "", secret);
    streams = await Streams.on(server);
    await streams.addCorners();
  });

  afterAll(async () => {
    await streams?.close();
    await server?.close();
  });

  transportConformance(
    async () => {
      await streams.renew();
      const downstream = new BrokerDownstream(server, streams);
      await downstream.start();
      return {
        transport: nats({ servers: downstream.address, auth: { user: "syncline", password: secret } }),
        downstream,
        secret,
        single: parts,
        batch: parts,
        lastingConnection: true,
        throttlesWithoutTime: true,
        close: () => downstream.stop(),
      };
    },
    { describe, it },
    {
      capabilities: ["batch", "perItemOutcome", "delete"],
      skip: {
        "a giant answer is not read to its end":
          "an answer is one frame, and no NATS server sends frames above its max_payload, 1 MB by default",
      },
    },
  );
});
