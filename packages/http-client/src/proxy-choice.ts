import type { SecretSource, TlsOptions } from "@syncline/core/transport-kit";

/**
 * A proxy that every connection goes through, by CONNECT: for plain HTTP too, so that it sees no
 * header and no body.
 */
export interface ProxyOptions {
  /** `http://proxy.acme.internal:3128`, or `https:`. */
  readonly url: string;
  readonly auth?: { readonly user: string; readonly password: SecretSource };
  /** Of an `https:` proxy: whom to trust, and our own certificate. */
  readonly tls?: TlsOptions;
  /**
   * Hosts that are called without it: `crm.internal`, `.internal` and `*.internal` (whatever ends so),
   * `crm.internal:8443`, `*` (all).
   */
  readonly except?: readonly string[];
}

/** What `HTTPS_PROXY` and its like hold; `problem`: a sentence, without the value. */
export type ProxyOfEnvironment = { readonly proxy: ProxyOptions | undefined } | { readonly problem: string };

type Environment = { readonly [name: string]: string | undefined };

/**
 * The proxy on the way to an address, if any. What is wrong with the environment's has been told at
 * start.
 */
export function proxyFor(proxy: ProxyOptions | "environment" | undefined, url: URL): ProxyOptions | undefined {
  if (proxy === undefined) return undefined;
  if (proxy !== "environment") return isExcepted(proxy.except, url) ? undefined : proxy;
  const found = proxyOfEnvironment(url);
  return "proxy" in found ? found.proxy : undefined;
}

/** As curl and most others read them: small letters first, the address's own scheme before ALL_PROXY. */
export function proxyOfEnvironment(
  { protocol, hostname, port }: URL,
  environment: Environment = process.env,
): ProxyOfEnvironment {
  const read = (name: string) => environment[name] || environment[name.toUpperCase()] || undefined;
  const name = protocol === "https:" ? "https_proxy" : "http_proxy";
  const text = read(name) ?? read("all_proxy");
  if (text === undefined) return { proxy: undefined };
  const except = (read("no_proxy") ?? "").split(/[\s,]+/).filter((entry) => entry !== "");
  if (isExcepted(except, { protocol, hostname, port })) return { proxy: undefined };
  const place = read(name) === undefined ? "ALL_PROXY" : name.toUpperCase();
  const url = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(url)) return { problem: `${place} is no URL` };
  const given = new URL(url);
  if (given.protocol !== "http:" && given.protocol !== "https:")
    return { problem: `${place} names a proxy of another kind than http and https` };
  const auth = authOf(given);
  return { proxy: { url: given.origin, ...(auth === undefined ? {} : { auth }) } };
}

function authOf({ username, password }: URL): ProxyOptions["auth"] {
  if (username === "") return undefined;
  const secret = decoded(password);
  // A function: a secret as text would be read as a reference where it begins with `env:`.
  return { user: decoded(username), password: () => secret };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isExcepted(
  entries: readonly string[] = [],
  { protocol, hostname, port }: Pick<URL, "protocol" | "hostname" | "port">,
): boolean {
  const host = bareHost(hostname);
  const actual = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return entries.some((entry) => {
    if (entry === "*") return true;
    const [, name = "", wanted = actual] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
    const bare = bareHost(name.replace(/^\*(?=\.)/, ""));
    if (bare === "" || wanted !== actual) return false;
    return bare.startsWith(".")
      ? host.endsWith(bare) || host === bare.slice(1)
      : host === bare || host.endsWith(`.${bare}`);
  });
}

function bareHost(name: string): string {
  return name.replace(/^\[|\]$|\.$/g, "").toLowerCase();
}
