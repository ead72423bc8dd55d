import type { Socket } from "node:net";
import type { DownstreamAct, RefusalKind } from "@syncline/testkit";
import { messageFrame, type Publish, publishFrame } from "./frames.ts";
import { corners } from "./streams.ts";

/** Both ends of one client's connection. */
export class Stage {
  readonly client: Socket;
  readonly broker: Socket;
  /** The subscription under which the client gets its answers. */
  subscription = "";
  /** What the client said of itself, its password too. */
  credentials = "";
  #stuck = false;

  constructor(client: Socket, broker: Socket) {
    this.client = client;
    this.broker = broker;
  }

  note(line: string): void {
    if (line.startsWith("CONNECT ")) this.credentials = line;
    if (line.startsWith("SUB _INBOX.")) this.subscription = line.split(" ").at(-1) ?? "";
  }

  pass(bytes: Buffer): void {
    if (!this.#stuck && !this.client.destroyed) this.client.write(bytes);
  }

  answer(publish: Publish, payload: string): void {
    this.pass(messageFrame(publish.reply, this.subscription, payload));
  }

  /** Begins an answer and never ends it: whatever else is to come on this connection waits behind it. */
  beginAnswer(publish: Publish, then: () => void = () => {}): void {
    this.#stuck = true;
    this.client.write(`MSG ${publish.reply} ${this.subscription} 100000\r\n{"stream":`, then);
  }
}

interface BrokerError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

/** In the broker's own words: https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const errors: { readonly [kind in RefusalKind]: BrokerError } = {
  rejected: { code: 400, err_code: 10_070, description: "wrong last msg ID: 1" },
  unauthorized: { code: 400, err_code: 10_060, description: "expected stream does not match" },
  misconfigured: { code: 404, err_code: 10_059, description: "stream not found" },
  "too-large": { code: 400, err_code: 10_054, description: "message size exceeds maximum allowed" },
  transient: { code: 500, err_code: 10_051, description: "something broke" },
  unavailable: { code: 503, err_code: 10_008, description: "JetStream system temporarily unavailable" },
};

/** What becomes of one message of a call: `index` is its place. */
export function perform(act: DownstreamAct, index: number, publish: Publish, stage: Stage): void {
  const send = (more: Partial<Publish> = {}) => stage.broker.write(publishFrame({ ...publish, ...more }));
  const into = (corner: string, headers = publish.headers) =>
    send({ subject: `${corner}.${publish.subject}`, headers });
  const keepSilently = (keep: boolean | undefined) => keep === true && send({ reply: "_INBOX.nobody" });
  const acts: { readonly [Name in DownstreamAct["act"]]: (act: Extract<DownstreamAct, { act: Name }>) => void } = {
    accept: ({ times = 1 }) => Array.from({ length: times }, () => send()),
    refuse: ({ kind, echo }) =>
      echo === true ? echoed(kind, publish, stage) : refuse(kind, publish, stage, into, send),
    throttle: () => into(corners.full, anyStream(publish)),
    "refuse-items": ({ indices }) => (indices.includes(index) ? send(rejection(publish)) : send()),
    hang: ({ keep }) => keepSilently(keep),
    cut: ({ when, keep }) => {
      keepSilently(keep);
      if (when === "while-answering") stage.beginAnswer(publish, () => stage.client.destroy());
      else stage.client.destroy();
    },
    trickle: () => {
      stage.beginAnswer(publish);
      const timer = setInterval(() => stage.client.write(" "), 10);
      stage.client.on("close", () => clearInterval(timer));
    },
    giant: () => {
      throw new Error("No NATS server sends frames above its max_payload.");
    },
    garble: () => stage.answer(publish, "<html>welcome</html>"),
    divert: () => into(corners.elsewhere),
  };
  (acts[act.act] as (act: DownstreamAct) => void)(act);
}

/** By the broker itself, but for what only a broken one says. */
function refuse(
  kind: RefusalKind,
  publish: Publish,
  stage: Stage,
  into: (corner: string, headers?: Publish["headers"]) => void,
  send: (more: Partial<Publish>) => void,
): void {
  if (kind === "rejected") send(rejection(publish));
  else if (kind === "too-large") into(corners.small, anyStream(publish));
  else if (kind === "misconfigured") into(corners.nowhere);
  else if (kind === "unauthorized") into(corners.forbidden);
  else stage.answer(publish, JSON.stringify({ error: errors[kind] }));
}

/**
 * A condition that the message brings and the stream does not meet: the broker refuses this very message. Not under its id:
 * where the stream has it already, sending it again is welcome whatever it brings.
 */
function rejection({ headers: { "Nats-Msg-Id": _, ...headers } }: Publish): Partial<Publish> {
  return { headers: { ...headers, "Nats-Expected-Last-Msg-Id": "nobody" } };
}

/** Without the condition that only ORDERS meets, so that the corner refuses for its own reason. */
function anyStream({ headers: { "Nats-Expected-Stream": _, ...headers } }: Publish): Publish["headers"] {
  return headers;
}

function echoed(kind: RefusalKind, publish: Publish, stage: Stage): void {
  const words = `${stage.credentials} ${JSON.stringify(publish)}`;
  if (kind === "unauthorized") {
    const line = `-ERR 'Permissions Violation for Publish to "${publish.subject}" ${words.replaceAll("'", "")}'\r\n`;
    stage.pass(Buffer.from(line));
    return;
  }
  const error = { ...errors[kind], description: `${errors[kind].description}: ${words}` };
  stage.answer(publish, JSON.stringify({ error }));
}
