import type { Socket } from "node:net";
import type { TdsAnswer, TdsCall, TdsError, TdsResult } from "./call.ts";
import { type Login, packetBytes, preloginAnswer, readLogin, rejection, welcome } from "./login.ts";
import { type Message, messageReader, messageType, packetsOf } from "./packets.ts";
import { type Request, readRequest } from "./requests.ts";
import { type DoneKind, done, errorMessage, returnStatus, transactionIs } from "./tokens.ts";
import { resultTokens } from "./write-values.ts";

/** What the server decides for a connection. */
export interface SessionRules {
  /** Refuses the login, or gives the connection its number. */
  admit(login: Login): number | TdsError;
  /** What the driver sets right after the login. */
  settings(connection: number, sql: string): void;
  answer(call: TdsCall): Promise<TdsAnswer | undefined>;
  cancelled(): void;
  /** Something that the double cannot do was asked of it, or a handler threw. */
  failed(error: unknown): void;
}

const noTransaction = Buffer.alloc(8);

/** One connection, from its PRELOGIN to its end. */
export class Session {
  readonly #socket: Socket;
  readonly #rules: SessionRules;
  #number = 0;
  #ready = false;
  #transaction = noTransaction;
  #begun = 0n;
  #current: AbortController | undefined;

  constructor(socket: Socket, rules: SessionRules) {
    this.#socket = socket;
    this.#rules = rules;
    socket.on(
      "data",
      messageReader((message) => this.#receive(message)),
    );
    socket.on("error", () => {});
    socket.on("close", () => this.#current?.abort());
  }

  drop(): void {
    this.#socket.resetAndDestroy();
  }

  #receive(message: Message): void {
    if (message.type === messageType.attention) this.#attention();
    else if (message.type === messageType.prelogin) this.#send(preloginAnswer());
    else if (message.type === messageType.login) this.#login(message.data);
    else if (message.ignored) this.#send(done("statement", { failed: true }));
    else void this.#request(message);
  }

  #login(data: Buffer): void {
    const login = readLogin(data);
    const admitted = this.#rules.admit(login);
    if (typeof admitted === "number") {
      this.#number = admitted;
      this.#send(welcome(login));
    } else this.#send(rejection(admitted));
  }

  async #request(message: Message): Promise<void> {
    try {
      const request = readRequest(message);
      if (this.#ready) await this.#answer(request);
      else this.#settings(request);
    } catch (error) {
      this.#rules.failed(error);
      this.drop();
    }
  }

  /** The driver's own first batch: SET statements, which no handler needs to answer. */
  #settings({ sql }: Request): void {
    this.#ready = true;
    this.#rules.settings(this.#number, sql);
    this.#send(done("statement"));
  }

  /**
   * The client cancels: the answer under way ends, and the cancellation is acknowledged by a message of its own. Without a
   * call under way the two have crossed, and there is only the acknowledgement.
   */
  #attention(): void {
    const current = this.#current;
    this.#current = undefined;
    this.#rules.cancelled();
    current?.abort();
    if (current !== undefined) this.#send(done("statement", { failed: true }));
    this.#send(done("statement", { cancelled: true }));
  }

  async #answer(request: Request): Promise<void> {
    const controller = new AbortController();
    this.#current = controller;
    const { transaction, ...asked } = request;
    const call: TdsCall = {
      ...asked,
      connection: this.#number,
      inTransaction: !this.#transaction.equals(noTransaction),
      signal: controller.signal,
    };
    const answer = transaction.equals(this.#transaction) ? await this.#rules.answer(call) : wrongTransaction;
    if (controller.signal.aborted || answer === "silence") return;
    this.#current = undefined;
    if (answer === "drop") this.drop();
    else this.#send(this.#tokens(request, answer ?? {}));
  }

  #tokens({ kind }: Request, { results = [], rowCount, error }: Exclude<TdsAnswer, string>): Buffer {
    const call = kind === "query";
    const parts = results.map((result) => resultAndDone(result, call ? "inProcedure" : "statement"));
    if (error !== undefined) parts.push(errorMessage(error), this.#endOfTransaction(error.rollsBack === true));
    else if (kind === "begin") parts.push(this.#beginTransaction());
    else if (kind === "commit" || kind === "rollback") parts.push(this.#endOfTransaction(true, kind));
    const failed = error !== undefined;
    if (call && rowCount !== undefined) parts.push(done("inProcedure", { more: true, rowCount }));
    if (call) return Buffer.concat([...parts, returnStatus(failed ? 1 : 0), done("procedure", { failed })]);
    return Buffer.concat([...parts, done("statement", rowCount === undefined ? { failed } : { failed, rowCount })]);
  }

  #beginTransaction(): Buffer {
    this.#begun += 1n;
    this.#transaction = Buffer.alloc(8);
    this.#transaction.writeBigUInt64LE(this.#begun);
    return transactionIs("begun", this.#transaction);
  }

  #endOfTransaction(ended: boolean, kind: "commit" | "rollback" = "rollback"): Buffer {
    if (!ended || this.#transaction.equals(noTransaction)) return Buffer.alloc(0);
    const token = transactionIs(kind === "commit" ? "committed" : "rolledBack", this.#transaction);
    this.#transaction = noTransaction;
    return token;
  }

  #send(data: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(packetsOf(data, packetBytes));
  }
}

const wrongTransaction: TdsAnswer = {
  error: {
    number: 3989,
    message: "New request is not allowed to start because it should come with valid transaction descriptor.",
  },
};

function resultAndDone(result: TdsResult, kind: DoneKind): Buffer {
  return Buffer.concat([resultTokens(result), done(kind, { more: true, rowCount: result.rows.length })]);
}
