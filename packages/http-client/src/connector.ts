import type { Socket } from "node:net";
import {
  AddressGuard,
  type AddressPolicy,
  resolveJudged,
  SecretKeeper,
  type TlsMaterials,
  type TlsOptions,
  tlsMaterials,
  unlessAborted,
} from "@syncline/core/transport-kit";
import type { ProxyOptions } from "./proxy-choice.ts";
import { openTunnel } from "./proxy-tunnel.ts";
import { buildConnector } from "./undici-parts.ts";

export type Connector = ReturnType<typeof buildConnector>;
type Target = Parameters<Connector>[0];

export interface ConnectorOptions {
  readonly connectMs: number;
  readonly tls?: TlsOptions;
  readonly proxy?: ProxyOptions;
  readonly addresses?: AddressPolicy;
  readonly keeper?: SecretKeeper;
}

/**
 * How every engine gets its connections: address policy, TLS, the way through a proxy. The pools above it keep them, so a
 * tunnel serves many calls.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const guard = new AddressGuard(options.addresses);
  const direct = renewing(options, guard);
  const { proxy } = options;
  const connect = proxy === undefined ? direct : throughProxy(options, proxy, direct, guard);
  return (target, callback) => {
    const refusal = guard.refusal(target.hostname);
    if (refusal === undefined) connect(target, callback);
    else callback(refusal, null);
  };
}

/** undici's connector, made anew when the files behind the TLS options have changed: it keeps TLS sessions between. */
function renewing({ connectMs, tls }: ConnectorOptions, guard: AddressGuard): Connector {
  const make = (materials: TlsMaterials): Connector => {
    const connect = buildConnector({ timeout: connectMs, lookup: guard.lookup, ...materials });
    return (target, callback) => connect(target, endingAtAlerts(callback));
  };
  if (tls === undefined) return make({});
  let known: { readonly digest: string; readonly connect: Connector } | undefined;
  return (target, callback) => {
    try {
      const materials = tlsMaterials(tls);
      const digest = JSON.stringify(materials);
      if (known?.digest !== digest) known = { digest, connect: make(materials) };
      known.connect(target, callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

/**
 * TLS 1.3 refuses our certificate after we think to be connected, by an alert. Node goes on until
 * the connection's end, and undici would tell that end instead.
 */
function endingAtAlerts(callback: Parameters<Connector>[1]): Parameters<Connector>[1] {
  return (...[error, socket]) => {
    if (error !== null) return callback(error, null);
    socket.once("error", (reason) => socket.destroy(reason));
    callback(null, socket);
  };
}

function throughProxy(
  options: ConnectorOptions,
  proxy: ProxyOptions,
  direct: Connector,
  guard: AddressGuard,
): Connector {
  // The proxy's address is the operator's own choice, and may well be a private one.
  const { connectMs } = options;
  const toProxy = renewing({ connectMs, ...(proxy.tls === undefined ? {} : { tls: proxy.tls }) }, new AddressGuard());
  const keeper = options.keeper ?? new SecretKeeper();
  const { protocol, hostname, host, port } = new URL(proxy.url);
  return (target, callback) => {
    tunnelEnd(guard, target.hostname, options.connectMs).then(
      (end) => {
        toProxy({ protocol, hostname, host, port }, (error, socket) => {
          if (error !== null) return callback(error, null);
          openTunnel(socket, { hostname: end, port: portOf(target) }, proxy, keeper, options.connectMs).then(
            (tunnel) => finish(target, tunnel, direct, callback),
            (reason: Error) => callback(reason, null),
          );
        });
      },
      (refusal: Error) => callback(refusal, null),
    );
  };
}

/**
 * What the proxy is asked for. It looks names up for itself: under a strict policy it gets an
 * address that was judged here, and a name that cannot be looked up here is refused. Otherwise it
 * gets the name, which proxies have rules for, unless that resolves here to what is refused.
 */
async function tunnelEnd(guard: AddressGuard, hostname: string, patienceMs: number): Promise<string> {
  const judged = resolveJudged(guard, hostname);
  if (guard.isStrict) return judged;
  const isRefused = (error: NodeJS.ErrnoException) => /^ERR_(BLOCKED|DENIED)_ADDRESS$/.test(error.code ?? "");
  const found = judged.catch((error: NodeJS.ErrnoException) => {
    if (isRefused(error)) throw error;
  });
  await unlessAborted(found, AbortSignal.timeout(patienceMs));
  return hostname;
}

function finish(target: Target, tunnel: Socket, direct: Connector, callback: Parameters<Connector>[1]): void {
  if (target.protocol === "https:") direct({ ...target, httpSocket: tunnel }, callback);
  else callback(null, tunnel);
}

function portOf({ port, protocol }: Target): number {
  return Number(port) || (protocol === "https:" ? 443 : 80);
}
