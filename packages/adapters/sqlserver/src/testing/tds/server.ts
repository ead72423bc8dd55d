import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { TdsAnswer, TdsCall, TdsError, TdsHandler } from "./call.ts";
import type { Login } from "./login.ts";
import { Session } from "./session.ts";

/** What the driver needs to connect. */
export interface TdsConfig {
  readonly server: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly options: { readonly encrypt: false; readonly trustServerCertificate: true };
}

export interface TdsServer {
  readonly config: TdsConfig;
  /** Everything that was asked, in order. */
  readonly calls: readonly TdsCall[];
  /** What each connection's driver has set after its login. */
  readonly settings: readonly string[];
  /** How often a client has cancelled, in time or not. */
  readonly cancellations: number;
  /** How many connections are open. */
  readonly connections: number;
  /** From now on, this one answers. */
  handle(handler: TdsHandler): void;
  /** From now on, logins are refused; `undefined`: no longer. */
  refuseLogins(error: TdsError | undefined): void;
  /** Every connection is lost. */
  dropAll(): void;
  /** Rejects with what went wrong on the double's side, if anything did. */
  close(): Promise<void>;
}

const user = "syncline";
const password = "p@ß word";

const loginFailed: TdsError = { number: 18456, severity: 14, message: `Login failed for user '${user}'.` };

/**
 * A server that speaks as much of TDS 7.4 as `mssql` needs to log in, to call, to run transactions and to cancel; what it
 * says is up to a handler. It knows no SQL and no locks: it stands in for the wire, not for the database.
 */
export async function startTdsServer(handler: TdsHandler = () => undefined): Promise<TdsServer> {
  const calls: TdsCall[] = [];
  const settings: string[] = [];
  const failures: unknown[] = [];
  const sessions = new Set<Session>();
  let answer = handler;
  let refusal: TdsError | undefined;
  let logins = 0;
  let cancellations = 0;
  const rules = {
    admit: (login: Login) => {
      if (refusal !== undefined) return refusal;
      if (login.user !== user || login.password !== password) return loginFailed;
      logins += 1;
      return logins;
    },
    settings: (_connection: number, sql: string) => {
      settings.push(sql);
    },
    answer: async (call: TdsCall): Promise<TdsAnswer | undefined> => {
      calls.push(call);
      return await answer(call);
    },
    cancelled: () => {
      cancellations += 1;
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
    config: {
      server: "127.0.0.1",
      port,
      user,
      password,
      database: "double",
      options: { encrypt: false, trustServerCertificate: true },
    },
    calls,
    settings,
    get cancellations() {
      return cancellations;
    },
    get connections() {
      return sessions.size;
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
