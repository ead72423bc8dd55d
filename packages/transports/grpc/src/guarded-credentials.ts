import type { Socket } from "node:net";
import type { ChannelCredentials } from "@grpc/grpc-js";
import type { AddressGuard } from "@syncline/core/transport-kit";
import { keepSession } from "./kept-sessions.ts";

/** The part of grpc-js' credentials that gets each connection before a byte is written to it. */
interface ConnectorSource {
  _createSecureConnector(...parameters: readonly unknown[]): {
    connect(socket: Socket): Promise<{ readonly socket: Socket }>;
  };
}

/** Judges where each connection leads: not what a name resolves to, but the address that it resolved to and that was connected. */
export class ConnectionGuard {
  readonly #guard: AddressGuard;
  readonly #takesLocalSockets: boolean;
  /** Why the last connection was refused. */
  refusal: NodeJS.ErrnoException | undefined;

  constructor(guard: AddressGuard, takesLocalSockets: boolean) {
    this.#guard = guard;
    this.#takesLocalSockets = takesLocalSockets;
  }

  /** These credentials, on connections that are let in alone. */
  over(credentials: ChannelCredentials): ChannelCredentials {
    const source = credentials as unknown as ConnectorSource;
    const create = source._createSecureConnector.bind(credentials);
    source._createSecureConnector = (...parameters) => {
      const connector = create(...parameters);
      const connect = connector.connect.bind(connector);
      connector.connect = async (socket) => {
        this.refusal = this.#judge(socket);
        if (this.refusal !== undefined) {
          socket.destroy();
          throw this.refusal;
        }
        const connected = await connect(socket);
        keepSession(connected.socket);
        return connected;
      };
      return connector;
    };
    return credentials;
  }

  #judge({ remoteAddress }: Socket): NodeJS.ErrnoException | undefined {
    if (remoteAddress !== undefined) return this.#guard.refusal(remoteAddress);
    if (this.#takesLocalSockets) return undefined;
    return Object.assign(new Error("a local socket"), { code: "ERR_DENIED_ADDRESS" });
  }
}
