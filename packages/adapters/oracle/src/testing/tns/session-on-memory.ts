import { category } from "@syncline/core";
import type { DatabaseSession } from "@syncline/core/spi";
import { oracle } from "../../adapter.ts";
import type { TnsAnswer, TnsCall } from "./call.ts";
import { knownStatements } from "./known-statements.ts";
import { Memory } from "./memory.ts";
import type { TnsServer } from "./server.ts";
import { opened, startServer } from "./sessions.ts";

export const place = { schema: undefined, prefix: "syncline_" };

const order = category("order", { orderId: "bigint" });
export const changed = order.changed({ orderId: 42n });
export const key = '{"orderId":"42"}';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The adapter, through the driver, on a double with the adapter's statements behind it. */
export interface Double {
  readonly server: TnsServer;
  readonly memory: Memory;
  readonly session: DatabaseSession;
  /** From now on, asked first. */
  before(answer: (call: TnsCall) => TnsAnswer | undefined): void;
}

export async function openDouble(): Promise<Double> {
  const memory = new Memory();
  const server = await startServer();
  const answer = knownStatements(place, memory.behaviours);
  server.handle(answer);
  const session = oracle(server.config).open({ log: silent });
  opened.push(session);
  return {
    server,
    memory,
    session,
    before: (first) => server.handle((call) => first(call) ?? answer(call)),
  };
}
