import type { Socket } from "node:net";
import { ByteReader } from "./bytes.ts";
import type { TnsAnswer, TnsCall, TnsError, TnsReply } from "./call.ts";
import { Lobs } from "./lobs.ts";
import { Login, readCredentials } from "./login.ts";
import { dataTypesAnswer, protocolAnswer } from "./negotiation.ts";
import {
  acceptPacket,
  connectText,
  dataOf,
  dataPackets,
  marker,
  markerOf,
  markerPacket,
  type Packet,
  PacketReader,
  packetType,
  refusePacket,
  serviceOf,
} from "./packets.ts";
import { endOfCall, parameter, status } from "./replies.ts";
import { functionCode, messageType, readExecute, readReexecute, skipEndToEnd } from "./requests.ts";
import { type StatementCall, Statements } from "./statements.ts";
import { transactionAfter } from "./transaction.ts";

/** What the server decides for a connection. */
export interface SessionRules {
  readonly service: string;
  readonly user: string;
  readonly password: string;
  /** Refuses a login that would be right, or gives the connection its number. */
  admit(): number | TnsError;
  answer(call: TnsCall): Promise<TnsAnswer | undefined>;
  /** Something that the double cannot do was asked of it, or a handler threw. */
  failed(error: unknown): void;
}

const invalidLogin: TnsError = { number: 1017, message: "invalid username/password; logon denied" };
const cancelled: TnsError = { number: 1013, message: "user requested cancel of current operation" };
const unknownService = 12514;

/** One connection, from its CONNECT to its end. */
export class Session {
  readonly #socket: Socket;
  readonly #rules: SessionRules;
  readonly #packets = new PacketReader();
  readonly #lobs = new Lobs();
  readonly #statements = new Statements(this.#lobs);
  readonly #login: Login;
  #number = 0;
  #accepted = false;
  #message: Buffer[] = [];
  #inTransaction = false;
  #breaking = false;
  #current: AbortController | undefined;

  constructor(socket: Socket, rules: SessionRules) {
    this.#socket = socket;
    this.#rules = rules;
    this.#login = new Login(rules.password);
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", () => {});
    socket.on("close", () => this.#current?.abort());
  }

  get openLobs(): number {
    return this.#lobs.open;
  }

  drop(): void {
    this.#socket.resetAndDestroy();
  }

  #receive(bytes: Buffer): void {
    this.#packets.push(bytes);
    for (let packet = this.#packets.next(); packet !== undefined; packet = this.#packets.next()) {
      if (!this.#accepted) this.#connect(packet);
      else if (packet.type === packetType.marker) this.#mark(markerOf(packet));
      else this.#collect(packet);
    }
  }

  #connect(packet: Packet): void {
    const bytes = packet.type === packetType.connect ? connectText(packet) : dataOf(packet).bytes;
    const service = serviceOf(bytes);
    if (service === undefined) return;
    if (service.toLowerCase() !== this.#rules.service) {
      this.#socket.end(refusePacket(unknownService));
      return;
    }
    this.#accepted = true;
    this.#packets.accepted();
    this.#socket.write(acceptPacket());
  }

  #collect(packet: Packet): void {
    const { bytes, ends } = dataOf(packet);
    this.#message.push(bytes);
    if (!ends) return;
    const message = Buffer.concat(this.#message);
    this.#message = [];
    // Between the client's break and its reset, what it had sent before is void.
    if (!this.#breaking) void this.#answer(new ByteReader(message));
  }

  /** A client that wants no more of a call breaks it off, both sides reset, and then the call ends with ORA-01013. */
  #mark(kind: number): void {
    if (kind === marker.reset) {
      this.#breaking = false;
      this.#message = [];
      this.#socket.write(markerPacket(marker.reset));
      this.#send(endOfCall({ inTransaction: this.#inTransaction, error: cancelled }));
      return;
    }
    this.#breaking = true;
    this.#current?.abort();
    this.#current = undefined;
    this.#socket.write(markerPacket(marker.breaking));
  }

  async #answer(reader: ByteReader): Promise<void> {
    try {
      const type = reader.uint8();
      if (type === messageType.protocol) this.#send(protocolAnswer());
      else if (type === messageType.dataTypes) this.#send(dataTypesAnswer(reader));
      else await this.#call(type, reader);
    } catch (error) {
      this.#rules.failed(error);
      this.drop();
    }
  }

  /** What comes ahead of a call has no answer of its own. */
  async #call(firstType: number, reader: ByteReader): Promise<void> {
    let type = firstType;
    while (type === messageType.ahead) {
      const code = reader.uint8();
      reader.skip(1);
      this.#ahead(code, reader);
      type = reader.uint8();
    }
    if (type !== messageType.call) throw new Error(`The double knows no message ${type}.`);
    const code = reader.uint8();
    reader.skip(1);
    await this.#function(code, reader);
  }

  #ahead(code: number, reader: ByteReader): void {
    if (code === functionCode.closeCursors || code === functionCode.cancelCursors) {
      reader.skip(1);
      for (let left = reader.whole(); left > 0; left--) {
        const cursor = reader.whole();
        if (code === functionCode.closeCursors) this.#statements.close(cursor);
      }
    } else if (code === functionCode.lobOperation) this.#lobs.free(reader);
    else if (code === functionCode.setEndToEnd) skipEndToEnd(reader);
    else if (code === functionCode.setSchema) {
      reader.skip(1);
      reader.text();
    } else throw new Error(`The double knows no message ${code} ahead of a call.`);
  }

  async #function(code: number, reader: ByteReader): Promise<void> {
    switch (code) {
      case functionCode.challenge:
        return this.#send(Buffer.concat([parameter(this.#login.challenge()), status(false)]));
      case functionCode.proof:
        return this.#admit(reader);
      case functionCode.execute:
      case functionCode.reexecute:
      case functionCode.reexecuteAndFetch:
        return this.#execute(code, reader);
      case functionCode.fetch:
        return this.#send(this.#statements.fetch(reader.whole(), reader.whole(), this.#inTransaction));
      case functionCode.lobOperation:
        return this.#send(Buffer.concat([this.#lobs.answer(reader), status(this.#inTransaction)]));
      case functionCode.commit:
        return this.#simple("commit");
      case functionCode.rollback:
        return this.#simple("rollback");
      case functionCode.ping:
        return this.#simple("ping");
      case functionCode.logOff:
        return this.#send(status(false));
      default:
        throw new Error(`The double knows no function ${code}.`);
    }
  }

  #admit(reader: ByteReader): void {
    const { user, values } = readCredentials(reader);
    const admitted = this.#rules.admit();
    const welcome = typeof admitted === "number" ? this.#login.welcome(values, admitted) : undefined;
    if (typeof admitted !== "number") this.#send(endOfCall({ inTransaction: false, error: admitted }));
    else if (welcome === undefined || user.toLowerCase() !== this.#rules.user)
      this.#send(endOfCall({ inTransaction: false, error: invalidLogin }));
    else {
      this.#number = admitted;
      this.#send(Buffer.concat([parameter(welcome), status(false)]));
    }
  }

  async #simple(kind: "commit" | "rollback" | "ping"): Promise<void> {
    const empty = { sql: "", isQuery: false, isPlsql: false, binds: [], rows: [], commit: false, batchErrors: false };
    const reply = await this.#ask({ ...empty, kind });
    if (reply === undefined) return;
    if (reply.error === undefined && kind !== "ping") this.#inTransaction = false;
    const ended =
      reply.error === undefined ? status : (inTransaction: boolean) => endOfCall({ inTransaction, ...reply });
    this.#send(ended(this.#inTransaction));
  }

  async #execute(code: number, reader: ByteReader): Promise<void> {
    const request = code === functionCode.execute ? readExecute(reader) : readReexecute(reader, code);
    const { cursor, call } = this.#statements.begin(request, reader);
    if (request.kind === "fetch")
      return this.#send(this.#statements.fetch(cursor.id, request.fetch, this.#inTransaction));
    if (call === undefined) return this.#send(endOfCall({ inTransaction: this.#inTransaction, cursor: cursor.id }));
    const reply = await this.#ask(call);
    if (reply === undefined) return;
    if (reply.error !== undefined) {
      // A statement that never ran has no cursor.
      if (request.sql !== undefined) this.#statements.close(cursor.id);
      const id = request.sql === undefined ? cursor.id : 0;
      return this.#send(endOfCall({ inTransaction: this.#inTransaction, cursor: id, error: reply.error }));
    }
    if (call.kind === "execute") this.#inTransaction = transactionAfter(call, this.#inTransaction);
    this.#send(this.#statements.answer(cursor, request, reply, this.#inTransaction));
  }

  /** `undefined`: there is nothing more to say. */
  async #ask(asked: Omit<StatementCall, "kind"> & { readonly kind: TnsCall["kind"] }): Promise<TnsReply | undefined> {
    const controller = new AbortController();
    this.#current = controller;
    const answer = await this.#rules.answer({
      ...asked,
      connection: this.#number,
      inTransaction: this.#inTransaction,
      signal: controller.signal,
    });
    if (controller.signal.aborted || answer === "silence") return undefined;
    this.#current = undefined;
    if (answer === "drop") {
      this.drop();
      return undefined;
    }
    return answer ?? {};
  }

  #send(message: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(dataPackets(message));
  }
}
