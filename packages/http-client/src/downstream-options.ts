import type { Problem, RateLimit } from "@syncline/core/spi";
import {
  type Check,
  checkNetwork,
  checkStrategyHeaders,
  checkTls,
  isFunction,
  isInteger,
  isLimits,
  isObject,
  isOneOf,
  type NetworkPolicy,
  SecretKeeper,
  type TlsOptions,
} from "@syncline/core/transport-kit";
import { AwsSigner, prepareAws, signing } from "./aws-signature.ts";
import { axiosClient } from "./axios-client.ts";
import { prepareAxios } from "./axios-loading.ts";
import type { HttpInstance } from "./axios-options.ts";
import { BaseHeaders, type HttpAuth } from "./credentials.ts";
import type { HttpClient } from "./http-client.ts";
import { TokenSource } from "./oauth2.ts";
import { checkAuth, checkHeaders, checkProxy, isBaseUrl, policyProblems } from "./option-checks.ts";
import { type ProxyOptions, proxyFor, proxyOfEnvironment } from "./proxy-choice.ts";

/** How a downstream is reached over HTTP, whatever is said to it there. */
export interface HttpDownstreamOptions {
  /** `https://crm.example.com/api`: strategies' paths are joined to it and cannot leave it. */
  readonly baseUrl: string;
  readonly auth?: HttpAuth;
  /** Sent with every call. A value `env:NAME` or `file:/path` is looked up, and treated as a secret. */
  readonly headers?: { readonly [name: string]: string };
  /**
   * Headers that strategies may set here, instead of the default: `accept`, `accept-language`, `api-version`,
   * `content-language`, `if-match`, `if-none-match`, `odata-maxversion`, `odata-version`, `prefer`,
   * `x-api-version`. `x-acme-*` stands for all that begin so; `[]`: none. What `auth`, `headers` and Syncline
   * itself set is never a strategy's, nor are headers of the connection, of proxies (`x-forwarded-*`,
   * `x-original-url`), of method overrides, and cookies, whatever stands here.
   */
  readonly strategyHeaders?: readonly string[];
  readonly timeouts?: {
    /**
     * Until a connection stands, TLS included. Default 5,000. The call's own deadline is the
     * strategy's `timeoutMs`.
     */
    readonly connectMs?: number;
  };
  /** Whom to trust, and our own certificate (mTLS). Files are read for each new connection. */
  readonly tls?: TlsOptions;
  /**
   * Every connection goes through it, by CONNECT. `environment`: as HTTPS_PROXY, HTTP_PROXY,
   * ALL_PROXY and NO_PROXY say, read when the pipeline starts. They have no say otherwise.
   */
  readonly proxy?: ProxyOptions | "environment";
  /** Where this downstream may be. Cloud metadata services are refused whatever it says. */
  readonly network?: NetworkPolicy;
  /** Of an answer's body no more is read. Default 65,536. */
  readonly answerBytes?: number;
  /** A request's body beyond it is not sent, and the batch is halved. Default 1,048,576. */
  readonly maxBytes?: number;
  /** For the downstream as a whole, on top of its strategies' own. */
  readonly limits?: { readonly concurrency?: number; readonly rate?: RateLimit };
  /** Sockets. Default 64, or `limits.concurrency` where that is more. */
  readonly connections?: number;
  /**
   * After so long calls go over new connections, so that the name is looked up again: the
   * downstream may have moved while the old address still answers. Default 300,000.
   */
  readonly connectionAgeMs?: number;
  /**
   * `node`: axios' own http adapter instead of undici: slower, but what instrumentation of
   * `node:http` sees.
   */
  readonly engine?: "undici" | "node";
  /** Add interceptors to the downstream's axios instance. */
  readonly configure?: (instance: HttpInstance) => void;
}

const largest = 1 << 30;

/** For `isObject`; `baseUrl` is required. */
export const downstreamChecks: { readonly [Name in keyof Required<HttpDownstreamOptions>]: Check } = {
  baseUrl: isBaseUrl,
  auth: checkAuth,
  headers: checkHeaders,
  strategyHeaders: checkStrategyHeaders,
  timeouts: isObject({ connectMs: isInteger(1, 600_000) }),
  tls: checkTls,
  proxy: checkProxy,
  network: checkNetwork,
  answerBytes: isInteger(0, largest),
  maxBytes: isInteger(1, largest),
  limits: isLimits,
  connections: isInteger(1, 100_000),
  connectionAgeMs: isInteger(1, 86_400_000),
  engine: isOneOf(["undici", "node"]),
  configure: isFunction,
};

/** What is wrong between options that are in order by themselves. */
export function downstreamProblems(options: HttpDownstreamOptions): readonly Problem[] {
  const { auth, baseUrl, network, proxy } = options;
  const tokenUrl = auth !== undefined && "oauth2" in auth ? auth.oauth2.tokenUrl : undefined;
  return [
    ...policyProblems(baseUrl, network, "baseUrl"),
    ...(tokenUrl === undefined ? [] : policyProblems(tokenUrl, network, "auth.oauth2.tokenUrl")),
    ...(proxy === "environment" ? environmentProblems([baseUrl, ...(tokenUrl === undefined ? [] : [tokenUrl])]) : []),
  ];
}

function environmentProblems(urls: readonly string[]): readonly Problem[] {
  const found = urls.map((url) => proxyOfEnvironment(new URL(url)));
  const words = new Set(found.flatMap((one) => ("problem" in one ? [one.problem] : [])));
  return [...words].map((word) => ({ at: "proxy", message: `is the environment's, and ${word}` }));
}

/** For a transport's `prepare`: loads what the options ask for and most do without. */
export async function prepareDownstream(
  options: Pick<HttpDownstreamOptions, "auth" | "configure" | "engine">,
): Promise<readonly Problem[]> {
  const { auth } = options;
  return [...(await prepareAxios(options)), ...(auth !== undefined && "aws" in auth ? await prepareAws() : [])];
}

/** The live parts of one downstream. */
export interface HttpDownstream {
  readonly client: HttpClient;
  readonly keeper: SecretKeeper;
  readonly credentials: BaseHeaders;
  close(): Promise<void>;
}

/** No I/O. `plainHeaders` go with every call. */
export function openDownstream(
  options: HttpDownstreamOptions,
  plainHeaders: { readonly [name: string]: string },
): HttpDownstream {
  const keeper = new SecretKeeper();
  const client = signedClient(options, keeper);
  const tokens = tokensFor(options, keeper);
  return {
    client,
    keeper,
    credentials: new BaseHeaders(options, plainHeaders, keeper, tokens),
    close: async () => {
      await Promise.all([client.close(), tokens?.close()]);
    },
  };
}

function signedClient(options: HttpDownstreamOptions, keeper: SecretKeeper): HttpClient {
  const { origin } = new URL(options.baseUrl);
  const client = clientFor(origin, options, keeper);
  const { auth } = options;
  if (auth === undefined || !("aws" in auth)) return client;
  return signing(client, new AwsSigner(auth.aws, origin, keeper), keeper);
}

function clientFor(origin: string, options: HttpDownstreamOptions, keeper: SecretKeeper): HttpClient {
  const { engine, configure, tls, network, limits } = options;
  const proxy = proxyFor(options.proxy, new URL(origin));
  return axiosClient({
    origin,
    engine,
    configure,
    keeper,
    connectMs: options.timeouts?.connectMs ?? 5_000,
    // A call that waits for a socket while its deadline runs would be taken for the downstream's fault.
    connectionAgeMs: options.connectionAgeMs,
    connections: options.connections ?? Math.max(64, limits?.concurrency ?? 0),
    ...(tls === undefined ? {} : { tls }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(network === undefined ? {} : { addresses: network }),
  });
}

/**
 * Tokens are asked for as everything else is: the same way through proxies, the same policy, the
 * same authorities.
 */
function tokensFor(options: HttpDownstreamOptions, keeper: SecretKeeper): TokenSource | undefined {
  const { auth } = options;
  if (auth === undefined || !("oauth2" in auth)) return undefined;
  const { origin } = new URL(auth.oauth2.tokenUrl);
  // Interceptors sign and count calls of the downstream, and a token request is none.
  const { configure: _, ...plain } = options;
  return new TokenSource(auth.oauth2, clientFor(origin, plain, keeper), keeper);
}
