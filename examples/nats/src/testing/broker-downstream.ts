import type { AddressInfo } from "node:net";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import type { Condition, WireValue } from "@syncline/core/spi";
import type { DownstreamAct, DownstreamControl, ReceivedCall, ReceivedItem } from "@syncline/testkit";
import { type Publish, takeFrames } from "./frames.ts";
import type { NatsServer } from "./nats-server.ts";
import { perform, Stage } from "./perform.ts";
import { corners, type Streams } from "./streams.ts";

interface OpenCall {
  readonly act: DownstreamAct;
  readonly items: ReceivedItem[];
  readonly ids: Set<string>;
}

/**
 * A real broker behind a door that reads along. What it is told to do it has the broker do where the broker can, by sending the
 * message to a stream that refuses it; only what a sound broker never does it does itself.
 */
export class BrokerDownstream implements DownstreamControl {
  readonly received: ReceivedCall[] = [];
  readonly answeredBytes = 0;
  readonly #server: NatsServer;
  readonly #streams: Streams;
  readonly #elsewhereBefore: number;
  readonly #script: DownstreamAct[] = [];
  readonly #calls = new Map<string, OpenCall>();
  readonly #sockets = new Set<Socket>();
  #door: Server | undefined;
  #port = 0;

  constructor(server: NatsServer, streams: Streams) {
    this.#server = server;
    this.#streams = streams;
    this.#elsewhereBefore = streams.elsewhere;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  get diverted(): number {
    return this.#streams.elsewhere - this.#elsewhereBefore;
  }

  next(...acts: readonly DownstreamAct[]): void {
    this.#script.push(...acts);
  }

  async start(): Promise<void> {
    if (this.#door !== undefined) return;
    const door = createServer((socket) => this.#welcome(socket));
    await new Promise<void>((resolve, reject) => {
      door.once("error", reject);
      door.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (door.address() as AddressInfo).port;
    this.#door = door;
  }

  async stop(): Promise<void> {
    const door = this.#door;
    if (door === undefined) return;
    this.#door = undefined;
    const stopped = new Promise<void>((resolve) => door.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  #welcome(client: Socket): void {
    this.#sockets.add(client);
    const broker = dial(this.#server.port, "127.0.0.1");
    const stage = new Stage(client, broker);
    client.setNoDelay();
    broker.setNoDelay();
    client.on("error", () => {});
    broker.on("error", () => {});
    // What was sent before the client went is still the broker's.
    client.on("close", () => {
      this.#sockets.delete(client);
      broker.end(() => broker.destroy());
    });
    broker.on("close", () => client.destroy());
    broker.on("data", (bytes: Buffer) => stage.pass(withoutCorners(bytes)));
    let rest: Buffer = Buffer.alloc(0);
    client.on("data", (bytes: Buffer) => {
      const taken = takeFrames(Buffer.concat([rest, bytes]));
      rest = taken.rest;
      for (const { line, bytes: whole, publish } of taken.frames) {
        if (client.destroyed) return;
        stage.note(line);
        if (publish?.headers["Syncline-Call-Id"] === undefined) broker.write(whole);
        else this.#receive(publish, stage);
      }
    });
  }

  #receive(publish: Publish, stage: Stage): void {
    const callId = publish.headers["Syncline-Call-Id"] ?? "";
    const id = publish.headers["Nats-Msg-Id"] ?? "";
    const open = this.#calls.get(callId);
    // The messages of one call bear its id; one that comes again is of another attempt.
    const call = open === undefined || open.ids.has(id) ? this.#begin(callId, publish) : open;
    if (call.act.act === "cut" && call.act.when === "before-receiving") {
      stage.client.destroy();
      return;
    }
    const index = call.items.length;
    call.ids.add(id);
    call.items.push(itemOf(publish));
    perform(call.act, index, publish, stage);
  }

  #begin(callId: string, { headers }: Publish): OpenCall {
    const act = this.#script.shift() ?? { act: "accept" };
    const call: OpenCall = { act, items: [], ids: new Set() };
    this.#calls.set(callId, call);
    const { traceparent, tracestate } = headers;
    const received: ReceivedCall = {
      callId,
      operation: headers["Syncline-Operation"] === "delete" ? "delete" : "upsert",
      trace: {
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(tracestate === undefined ? {} : { tracestate }),
      },
      items: call.items,
    };
    if (act.act !== "cut" || act.when !== "before-receiving") this.received.push(received);
    return call;
  }
}

function itemOf({ headers, payload }: Publish): ReceivedItem {
  return {
    key: JSON.parse(headers["Syncline-Key"] ?? "{}") as Condition,
    revision: headers["Syncline-Revision"],
    body: payload === "" ? null : (JSON.parse(payload) as WireValue),
  };
}

/** A refusal names the subject as the client knows it. */
function withoutCorners(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  return text.startsWith("-ERR") ? Buffer.from(text.replace(`to "${corners.forbidden}.`, 'to "'), "latin1") : bytes;
}
