/** Where a channel's address leads, as far as its text tells. */
export interface Target {
  /** Names and literal addresses; of `dns://server/name` the server as well. */
  readonly hosts: readonly string[];
  /** A socket of this machine. */
  readonly isLocalSocket: boolean;
}

/**
 * `undefined`: a scheme that nothing here resolves. As gRPC reads it: `host:port` has no scheme,
 * whatever it looks like.
 */
export function targetOf(address: string): Target | undefined {
  const [, scheme = "", authority = "", path = ""] =
    /^([a-z][a-z0-9+.-]*):(?:\/\/([^/]*)\/)?(.+)$/i.exec(address) ?? [];
  switch (scheme.toLowerCase()) {
    case "unix":
    case "unix-abstract":
      return { hosts: [], isLocalSocket: true };
    case "ipv4":
    case "ipv6":
      return { hosts: path.split(",").map(hostIn), isLocalSocket: false };
    case "dns":
      return { hosts: [path, ...(authority === "" ? [] : [authority])].map(hostIn), isLocalSocket: false };
    default:
      return address.includes("/") ? undefined : { hosts: [hostIn(address)], isLocalSocket: false };
  }
}

function hostIn(text: string): string {
  const [, inBrackets] = /^\[(.*)\](?::\d+)?$/.exec(text) ?? [];
  if (inBrackets !== undefined) return inBrackets;
  return text.split(":").length === 2 ? text.replace(/:\d+$/, "") : text;
}
