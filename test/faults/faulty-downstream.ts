import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Arrival, ArrivedItem } from "../../packages/testkit/src/history/observation.ts";
import type { Random } from "../../packages/testkit/src/history/random.ts";
import { pauseFor } from "./pause-for.ts";
import { strategies } from "./shop.ts";

const sentAtHeader = "x-sent-at";

/** The time at which a worker makes a call; by the monotonic clock, for the other one may be set wrong. */
export function sentNow(): { readonly [header: string]: string } {
  return { [sentAtHeader]: String(performance.timeOrigin + performance.now()) };
}

type Item = Omit<ArrivedItem, "answer">;

const common = [
  "slow",
  "fail",
  "unavailable",
  "throttle",
  "drop",
  "hang",
  "late",
  "lie",
  "garble",
  "duplicate",
] as const;
/** These stop more than one call: the lane waits as long as it is asked, or the whole downstream is held and probed. */
const rare = ["wait", "unauthorized", "missing"] as const;
type Act = "accept" | "refuse" | "some" | (typeof common)[number] | (typeof rare)[number];

/** A real HTTP server that errs by its seed until it is healed, and logs every call. */
export class FaultyDownstream {
  readonly arrivals: Arrival[] = [];
  readonly counts: { [fault: string]: number } = {};
  /** Connections that were cut because it was away. */
  severed = 0;
  #healed = false;
  #away = false;
  readonly #sockets = new Set<Socket>();
  readonly #random: Random;
  readonly #server = createServer((incoming, response) => void this.#take(incoming, response));

  constructor(random: Random) {
    this.#random = random;
    this.#server.on("connection", (socket) => {
      if (this.#away) {
        this.severed += 1;
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Errs no more. */
  heal(): void {
    this.#healed = true;
  }

  /** Away for a while: calls in flight break off, and so does each connection that is tried. */
  async goAway(ms: number): Promise<void> {
    this.counts.away = (this.counts.away ?? 0) + 1;
    this.severed += this.#sockets.size;
    this.#away = true;
    for (const socket of this.#sockets) socket.destroy();
    await pauseFor(ms);
    this.#away = false;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = Date.now();
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const content = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Sent | readonly Sent[];
    const batched = Array.isArray(content);
    const items = (batched ? (content as readonly Sent[]) : [content as Sent]).map(itemOf);
    const strategy = (incoming.url ?? "").slice(1);
    const act = this.#act(strategy, items);
    const answers = items.map((_, index) => answerTo(act, index));
    const sentAt = Number(incoming.headers[sentAtHeader]);
    const timeoutMs = strategies.find(({ name }) => name === strategy)?.timeoutMs ?? Number.POSITIVE_INFINITY;
    if (at - sentAt > timeoutMs) {
      // On a busy machine it was read when its caller had given it up: this is how long the call was under way.
      const unheard = items.map((item) => ({ ...item, answer: "unclear" as const }));
      this.arrivals.push({ at: sentAt, endedAt: sentAt + timeoutMs, abandoned: true, strategy, items: unheard });
      response.destroy();
      return;
    }
    const arrival = {
      at,
      endedAt: Number.POSITIVE_INFINITY,
      abandoned: false,
      strategy,
      items: items.map((item, index) => ({ ...item, answer: answers[index] ?? "unclear" })),
    };
    this.arrivals.push(arrival);
    let answered = false;
    response.on("close", () => {
      if (answered) return;
      Object.assign(arrival, { endedAt: Date.now(), abandoned: true });
      // Whatever was about to be answered, the caller went away without it.
      arrival.items = arrival.items.map((item) => ({ ...item, answer: "unclear" }));
    });
    if (act === "hang") return;
    if (act === "slow") await pauseFor(30);
    if (act === "late") await pauseFor(strategy === "once" ? 1_400 : 400);
    if (response.destroyed) return;
    // On a busy machine its caller listens beyond its own deadline: then this is an answer like any other.
    if (act === "late") arrival.items = items.map((item) => ({ ...item, answer: "accepted" }));
    answered = true;
    Object.assign(arrival, { endedAt: Date.now() });
    if (act === "duplicate") this.arrivals.push({ ...arrival, at: arrival.endedAt });
    reply(act, response, answers);
  }

  #act(strategy: string, items: readonly Item[]): Act {
    // Refused for ever, so its dead letter is still there in the end.
    if (strategy === "mirror" && items.some(({ key }) => key === '{"orderId":"7"}')) return "refuse";
    if (this.#healed) return "accept";
    if (items.length > 1 && this.#random.chance(0.4)) return this.#count("some");
    if (!this.#random.chance(0.3)) return "accept";
    const act = this.#random.chance(0.03) ? this.#random.pick<Act>(rare) : this.#random.pick<Act>(common);
    // The network delivers a message twice: nothing a sender could prevent, so a strategy that it harms is spared.
    if (act === "duplicate" && strategy === "once") return "accept";
    return this.#count(act);
  }

  #count(act: Act): Act {
    this.counts[act] = (this.counts[act] ?? 0) + 1;
    return act;
  }
}

function answerTo(act: Act, index: number): ArrivedItem["answer"] {
  if (act === "some") return index % 2 === 0 ? "failed" : "accepted";
  if (act === "refuse") return "rejected";
  if (definite.has(act)) return "failed";
  return act === "accept" || act === "slow" || act === "duplicate" ? "accepted" : "unclear";
}

/** What was refused with these has certainly not been acted upon. */
const definite: ReadonlySet<Act> = new Set<Act>(["fail", "throttle", "wait", "unauthorized", "missing"]);

const statuses: { readonly [act: string]: number } = {
  fail: 423,
  refuse: 422,
  unavailable: 503,
  throttle: 429,
  wait: 429,
  unauthorized: 401,
  missing: 404,
};

function reply(act: Act, response: ServerResponse, answers: readonly ArrivedItem["answer"][]): void {
  if (act === "drop") {
    response.destroy();
    return;
  }
  const status = statuses[act] ?? 200;
  const errors = answers.flatMap((answer, index) => (answer === "failed" ? [{ index, code: "LOCKED" }] : []));
  const retryAfter = status === 429 && { "retry-after": act === "wait" ? "1" : "0" };
  response.writeHead(status, { "content-type": "application/json", ...retryAfter });
  response.end(act === "garble" ? '{"status":"O' : JSON.stringify({ status: act === "lie" ? "ERROR" : "OK", errors }));
}

interface Sent {
  readonly deliveryId: string;
  readonly revision: string;
  readonly operation: "upsert" | "delete";
  readonly key: unknown;
  readonly body: unknown;
}

function itemOf({ deliveryId, revision, operation, key, body }: Sent): Item {
  const rows = (Array.isArray(body) ? body : body === null ? [] : [body]) as readonly { [column: string]: string }[];
  return {
    deliveryId,
    revision,
    operation,
    key: JSON.stringify(key),
    content: contentOf(rows),
    stamps: rows.flatMap((row) => [row.stamp, row.customerStamp]).filter((stamp) => stamp !== undefined),
  };
}

/** One text for one content, however its columns are ordered; `null` where there is no row. */
export function contentOf(rows: readonly { readonly [column: string]: unknown }[]): string | null {
  if (rows.length === 0) return null;
  return JSON.stringify(rows.map((row) => Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))));
}
