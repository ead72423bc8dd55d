import { type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { NatsServer } from "./nats-server.ts";

/** Where a message's subject is put before, for the broker itself to refuse it. */
export const corners = {
  /** A stream with one message, which takes no second one. */
  full: "full",
  /** A stream for messages of one byte. */
  small: "small",
  /** Another stream than the one that the strategy names. */
  elsewhere: "elsewhere",
  /** No stream. */
  nowhere: "nowhere",
  /** No permission. */
  forbidden: "forbidden",
} as const;

export class Streams {
  readonly #connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** Messages that the stream ELSEWHERE has taken. */
  elsewhere = 0;

  private constructor(connection: NatsConnection, manager: JetStreamManager) {
    this.#connection = connection;
    this.manager = manager;
    connection.subscribe("taken.>", {
      callback: () => {
        this.elsewhere += 1;
      },
    });
  }

  static async on(server: NatsServer): Promise<Streams> {
    const connection = await connect({ servers: server.address, user: "admin", pass: "admin" });
    return new Streams(connection, await jetstreamManager(connection));
  }

  async addCorners(): Promise<void> {
    const { full, small, elsewhere } = corners;
    await this.manager.streams.add({ name: "FULL", subjects: [`${full}.>`], max_msgs: 1, discard: "new" });
    await this.manager.streams.add({ name: "SMALL", subjects: [`${small}.>`], max_msg_size: 1 });
    const republish = { src: ">", dest: "taken.>" };
    await this.manager.streams.add({ name: "ELSEWHERE", subjects: [`${elsewhere}.>`], republish });
    await jetstream(this.#connection).publish(`${full}.up`);
  }

  /** The stream ORDERS, empty, and with no memory of message ids. */
  async renew(): Promise<void> {
    await this.manager.streams.delete("ORDERS").catch(() => {});
    await this.manager.streams.add({ name: "ORDERS", subjects: ["orders.>"] });
  }

  /** What ORDERS has kept, in order. */
  async kept() {
    const { state } = await this.manager.streams.info("ORDERS");
    const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index);
    const found = await Promise.all(sequences.map((seq) => this.manager.streams.getMessage("ORDERS", { seq })));
    return found.flatMap((message) =>
      message === null ? [] : [{ subject: message.subject, headers: message.header, text: message.string() }],
    );
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
