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

export function isBlockedAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const family = isIP(bare);
  return family !== 0 && blocked.check(bare, family === 6 ? "ipv6" : "ipv4");
}

export function blockedAddressError(): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error("the address belongs to a cloud metadata service");
  error.code = "ERR_BLOCKED_ADDRESS";
  return error;
}

/** Looks at what the name resolved to, at the moment of connecting: a name that changes its mind gains nothing. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options as LookupOptions, (error, found, family) => {
    const addresses = typeof found === "string" ? [found] : (found ?? []).map((entry) => entry.address);
    if (!error && addresses.some(isBlockedAddress)) callback(blockedAddressError(), "", 0);
    else callback(error, found as string, family);
  });
};
