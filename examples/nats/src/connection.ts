import type { NatsConnection } from "@nats-io/transport-node";

// Of a broker in the same network a pong takes milliseconds; a frozen one must not keep calls for long.
const pongMs = 1_000;

/**
 * One connection for all calls, made when it is needed. The client's own reconnecting is off: it would keep what is
 * published meanwhile and send it later, when nobody asks any more.
 */
export class LastingConnection {
  readonly #dial: () => Promise<NatsConnection>;
  #open: Promise<NatsConnection> | undefined;

  constructor(dial: () => Promise<NatsConnection>) {
    this.#dial = dial;
  }

  /** Rejects with whatever connecting failed with; the next call tries again. */
  get(): Promise<NatsConnection> {
    if (this.#open !== undefined) return this.#open;
    const opening = this.#dial();
    this.#open = opening;
    const forget = () => this.#forget(opening);
    opening.then((connection) => connection.closed().then(forget), forget);
    return opening;
  }

  /** No answer came: was it the call, or the connection? One that brings no pong either is given up. Never rejects. */
  async doubt(connection: NatsConnection): Promise<void> {
    if (!connection.isClosed() && !(await inTime(ping(connection)))) await connection.close();
  }

  async close(): Promise<void> {
    const connection = await this.#open?.catch(() => undefined);
    if (connection === undefined || connection.isClosed()) return;
    if (!(await inTime(connection.drain()))) await connection.close();
  }

  #forget(opening: Promise<NatsConnection>): void {
    if (this.#open === opening) this.#open = undefined;
  }
}

/** Rejects when the connection ends instead: the client's own promise then never settles. */
export async function ping(connection: NatsConnection): Promise<void> {
  const ended = connection.closed().then((error) => {
    throw error ?? new Error("the connection was closed");
  });
  await Promise.race([connection.flush(), ended]);
}

async function inTime(work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), pongMs);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
