import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { TnsAnswer, TnsCall, TnsError, TnsHandler } from "./call.ts";
import { Session } from "./session.ts";

/** What the driver needs to connect. */
export interface TnsConfig {
  readonly user: string;
  readonly password: string;
  readonly connectString: string;
}

export interface TnsServer {
  readonly config: TnsConfig;
  /** Everything that was asked, in order. */
  readonly calls: readonly TnsCall[];
  /** How many connections are open. */
  readonly connections: number;
  /** How many large objects clients have made and not let go of. */
  readonly lobs: number;
  /** From now on, this one answers. */
  handle(handler: TnsHandler): void;
  /** From now on, logins are refused; `undefined`: no longer. */
  refuseLogins(error: TnsError | undefined): void;
  /** Every connection is lost. */
  dropAll(): void;
  /** Rejects with what went wrong on the double's side, if anything did. */
  close(): Promise<void>;
}

const user = "syncline";
const password = "p@ß word";
const service = "double";

/**
 * A server that speaks as much of TNS and TTC as `oracledb` needs to log in, to run statements and transactions and to break
 * them off; what it says is up to a handler. It knows no SQL and no locks: it stands in for the wire, not for the database.
 * Written from the driver's own sources (oracledb 26.0.0, lib/thin).
 */
export async function startTnsServer(handler: TnsHandler = () => undefined): Promise<TnsServer> {
  const calls: TnsCall[] = [];
  const failures: unknown[] = [];
  const sessions = new Set<Session>();
  let answer = handler;
  let refusal: TnsError | undefined;
  let logins = 0;
  const rules = {
    service,
    user,
    password,
    admit: () => {
      if (refusal !== undefined) return refusal;
      logins += 1;
      return logins;
    },
    answer: async (call: TnsCall): Promise<TnsAnswer | undefined> => {
      calls.push(call);
      return await answer(call);
    },
    failed: (error: unknown) => {
      failures.push(error);
    },
  };
  const listener = createServer((socket) => {
    const session = new Session(socket, rules);
    sessions.add(session);
    socket.on("close", () => sessions.delete(session));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const dropAll = () => {
    for (const session of sessions) session.drop();
  };
  return {
    config: { user, password, connectString: `127.0.0.1:${port}/${service}` },
    calls,
    get connections() {
      return sessions.size;
    },
    get lobs() {
      return [...sessions].reduce((open, session) => open + session.openLobs, 0);
    },
    handle: (next) => {
      answer = next;
    },
    refuseLogins: (error) => {
      refusal = error;
    },
    dropAll,
    close: async () => {
      dropAll();
      listener.close();
      await once(listener, "close");
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("\n"));
    },
  };
}
