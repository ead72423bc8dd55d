import http from "node:http";
import type { Socket } from "node:net";
import type { Secret, SecretKeeper } from "@syncline/core/transport-kit";
import type { ProxyOptions } from "./proxy-choice.ts";

export interface TunnelTarget {
  readonly hostname: string;
  readonly port: number;
}

/** Asks the proxy for a way to the target. The socket belongs to the tunnel from then on, whatever becomes of it. */
export async function openTunnel(
  socket: Socket,
  target: TunnelTarget,
  proxy: ProxyOptions,
  keeper: SecretKeeper,
  timeoutMs: number,
): Promise<Socket> {
  const authority = `${target.hostname.includes(":") ? `[${target.hostname.replace(/^\[|\]$/g, "")}]` : target.hostname}:${target.port}`;
  const headers: { [name: string]: string } = { host: authority };
  if (proxy.auth !== undefined) {
    const { user, password } = proxy.auth;
    const secret: Secret = await keeper.resolve(password);
    const pair = `${user}:${secret.reveal()}`;
    keeper.hide(pair, typeof password === "function");
    headers["proxy-authorization"] = `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  return new Promise((resolve, reject) => {
    const request = http.request({ method: "CONNECT", path: authority, headers, createConnection: () => socket });
    request.setTimeout(timeoutMs, () => request.destroy(codedError("ERR_CONNECT_TIMEOUT", "the proxy did not answer")));
    request.once("error", (error) => {
      socket.destroy();
      reject(error);
    });
    request.once("connect", (answer, tunnel) => {
      request.setTimeout(0);
      tunnel.setTimeout(0);
      if (answer.statusCode === 200) return resolve(tunnel as Socket);
      tunnel.destroy();
      reject(codedError(`ERR_PROXY_${answer.statusCode}`, `the proxy answered ${answer.statusCode}`));
    });
    // What is no proxy answers CONNECT like any other request.
    request.once("response", (answer) => {
      request.destroy();
      reject(codedError(`ERR_PROXY_${answer.statusCode}`, `the proxy answered ${answer.statusCode}`));
    });
    request.end();
  });
}

function codedError(code: string, message: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  error.code = code;
  return error;
}
