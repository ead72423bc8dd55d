import type { Socket } from "node:net";
import type { ChannelCredentials } from "@grpc/grpc-js";
import type { AddressGuard } from "@syncline/core/transport-kit";
import { keepSession } from "./kept-sessions.ts";

// A server that accepts and then says nothing: grpc-js would wait for as long as it likes.
const connectMs = 5_000;

/** The parts of grpc-js' credentials that get each connection before a byte is written to it. */
interface ConnectorSource {
  _createSecureConnector(...parameters: readonly unknown[]): Connector;
}

interface Connector {
  connect(socket: Socket): Promise<Connected>;
}

interface Connected {
  readonly socket: Socket;
}

/**
 * Judges where each connection leads: not what a name resolves to, but the address that it resolved
 * to and that was connected.
 */
export class ConnectionGuard {
  readonly #guard: AddressGuard;
  readonly #takesLocalSockets: boolean;
  /** Why the last connection did not come about, if it did not. */
  refusal: NodeJS.ErrnoException | undefined;

  constructor(guard: AddressGuard, takesLocalSockets: boolean) {
    this.#guard = guard;
    this.#takesLocalSockets = takesLocalSockets;
  }

  /**
   * Credentials made anew for each connection, so that renewed files are used; on connections that
   * are let in alone.
   */
  over(make: () => ChannelCredentials): ChannelCredentials {
    const credentials = make();
    const source = credentials as unknown as ConnectorSource;
    const create = source._createSecureConnector.bind(credentials);
    source._createSecureConnector = (...parameters) => {
      const renewed = () => (make() as unknown as ConnectorSource)._createSecureConnector(...parameters);
      const connect = (socket: Socket) => this.#connect(socket, renewed);
      // Whoever calls this does not expect it to throw: files that are not there now must not matter yet.
      return Object.assign(create(...parameters), { connect });
    };
    return credentials;
  }

  async #connect(socket: Socket, create: () => Connector): Promise<Connected> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no handshake in time")), connectMs);
    });
    try {
      const denied = this.#judge(socket);
      if (denied !== undefined) throw denied;
      const connected = await Promise.race([create().connect(socket), tooLate]);
      keepSession(connected.socket);
      this.refusal = undefined;
      // TLS 1.3 refuses our certificate after we think to be connected.
      connected.socket.on("error", (reason) => {
        this.refusal = reason;
      });
      return connected;
    } catch (error) {
      this.refusal = error as NodeJS.ErrnoException;
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #judge({ remoteAddress }: Socket): NodeJS.ErrnoException | undefined {
    if (remoteAddress !== undefined) return this.#guard.refusal(remoteAddress);
    if (this.#takesLocalSockets) return undefined;
    return Object.assign(new Error("a local socket"), { code: "ERR_DENIED_ADDRESS" });
  }
}
