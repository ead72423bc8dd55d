import { type LookupOptions, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/**
 * Cloud metadata services hand out credentials to whoever asks from inside. Private ranges stay open: downstreams are
 * usually internal.
 */
const blocked = new BlockList();
for (const address of [
  "169.254.169.254", // AWS, Google, Azure, DigitalOcean, Oracle, OpenStack
  "169.254.169.253", // AWS name server
  "169.254.170.2", // AWS ECS task credentials
  "169.254.170.23", // AWS EKS pod identity
  "168.63.129.16", // Azure wire server
  "100.100.100.200", // Alibaba
  "192.0.0.192", // Oracle, older
]) {
  blocked.addAddress(address, "ipv4");
}
for (const address of ["fd00:ec2::254", "fd00:ec2::253", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe"]) {
  blocked.addAddress(address, "ipv6");
}
// The same IPv4 addresses through NAT64 and as IPv4-compatible ones; IPv4-mapped ones BlockList knows by itself.
for (const tail of ["a9fe:a9fe", "a9fe:aa02", "a9fe:aa17", "a83f:8110", "6464:64c8"]) {
  blocked.addAddress(`64:ff9b::${tail}`, "ipv6");
  blocked.addAddress(`::${tail}`, "ipv6");
}

function bareAddress(address: string): { readonly bare: string; readonly family: "ipv4" | "ipv6" } | undefined {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const family = isIP(bare);
  return family === 0 ? undefined : { bare, family: family === 6 ? "ipv6" : "ipv4" };
}

export function isBlockedAddress(address: string): boolean {
  const found = bareAddress(address);
  return found !== undefined && blocked.check(found.bare, found.family);
}

/** Networks as CIDR: `10.1.0.0/16`, `fd12::/16`, or one address. */
export interface AddressPolicy {
  /** `false`: loopback, link-local and private networks are refused, as for base URLs that others may write. Default true. */
  readonly privateNetworks?: boolean;
  readonly deny?: readonly string[];
  /** What is let in in spite of the others. Never a cloud's metadata service. */
  readonly allow?: readonly string[];
}

/** For downstreams whose base URLs others may write. */
export interface NetworkPolicy extends AddressPolicy {
  /** Refuses `http:`. Default false: internal interfaces often have no TLS. */
  readonly requireTls?: boolean;
}

const privateNetworks = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "::/128",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];

export function isNetwork(text: unknown): boolean {
  if (typeof text !== "string") return false;
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Judges addresses: literals by themselves, names by what they resolve to at the moment of connecting. */
export class AddressGuard {
  readonly #denied: BlockList;
  readonly #allowed: BlockList;

  constructor(policy: AddressPolicy = {}) {
    const denied = [...(policy.privateNetworks === false ? privateNetworks : []), ...(policy.deny ?? [])];
    this.#denied = listOf(denied);
    this.#allowed = listOf(policy.allow ?? []);
  }

  /** Why the address is refused; `undefined` for one that is not, and for a name. */
  refusal(address: string): NodeJS.ErrnoException | undefined {
    const found = bareAddress(address);
    if (found === undefined) return undefined;
    const { bare, family } = found;
    if (blocked.check(bare, family)) return refused("ERR_BLOCKED_ADDRESS", "it is a cloud metadata service's");
    if (!this.#denied.check(bare, family) || this.#allowed.check(bare, family)) return undefined;
    return refused("ERR_DENIED_ADDRESS", "the downstream's address policy denies it");
  }

  /** A name that changes its mind between two looks gains nothing: this is the look that connects. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, options as LookupOptions, (error, found, family) => {
      const addresses = typeof found === "string" ? [found] : (found ?? []).map((entry) => entry.address);
      const refusal = error ? undefined : addresses.map((address) => this.refusal(address)).find((each) => each);
      if (refusal !== undefined) callback(refusal, "", 0);
      else callback(error, found as string, family);
    });
  };
}

function refused(code: string, message: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  error.code = code;
  return error;
}
