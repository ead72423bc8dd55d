/**
 * Networks that are not the Internet's. Sources: IANA's IPv4 and IPv6 Special-Purpose Address
 * Registries (RFC 6890, as of 2024-10-22, with RFC 9780 of 2025), all entries that are not globally
 * reachable; the multicast address spaces (RFC 5771, RFC 4291); site-local addresses (RFC 3879).
 * 192.0.0.0/24 and 2001::/23 are taken as a whole: what is reachable in them (port control, AMT,
 * AS112, ORCHIDv2, DRIP) is nobody's downstream.
 */
export const specialNetworks: readonly string[] = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private use
  "100.64.0.0/10", // shared address space
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link local
  "172.16.0.0/12", // private use
  "192.0.0.0/24", // IETF protocol assignments
  "192.0.2.0/24", // documentation (TEST-NET-1)
  "192.88.99.0/24", // 6to4 relay anycast, deprecated
  "192.168.0.0/16", // private use
  "198.18.0.0/15", // benchmarking
  "198.51.100.0/24", // documentation (TEST-NET-2)
  "203.0.113.0/24", // documentation (TEST-NET-3)
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and the limited broadcast
  "::/96", // unspecified, loopback, IPv4-compatible (deprecated)
  "64:ff9b:1::/48", // IPv4/IPv6 translation, local use
  "100::/64", // discard only
  "100:0:0:1::/64", // dummy prefix
  "2001::/23", // IETF protocol assignments: Teredo, benchmarking, ORCHID, DRIP
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "3fff::/20", // documentation
  "5f00::/16", // segment routing
  "fc00::/7", // unique local
  "fe80::/10", // link local
  "fec0::/10", // site local, deprecated
  "ff00::/8", // multicast
];

/**
 * Where no downstream is, in whatever network: the neighbours of this machine alone, where clouds
 * and clusters put what hands out credentials, and groups.
 */
export const neverDownstreams: readonly string[] = [
  "169.254.0.0/16",
  "fe80::/10",
  "224.0.0.0/4",
  "255.255.255.255/32",
  "ff00::/8",
];

/**
 * Hand out credentials, or what they are made of, to whoever asks from inside. From the clouds' own
 * documents, 2025.
 */
export const metadataServices: readonly string[] = [
  // AWS, Google, Azure, Oracle, IBM, OpenStack, DigitalOcean, Hetzner, Linode, Vultr, Huawei
  "169.254.169.254",
  "169.254.169.253", // AWS: name server
  "169.254.170.2", // AWS: ECS task credentials
  "169.254.170.23", // AWS: EKS pod identity
  "168.63.129.16", // Azure: wire server
  "100.100.100.200", // Alibaba
  "169.254.0.23", // Tencent
  "169.254.10.10", // Tencent, older
  "169.254.42.42", // Scaleway
  "192.0.0.192", // Oracle, older
  "fd00:ec2::254", // AWS
  "fd00:ec2::253", // AWS: name server
  "fd00:ec2::23", // AWS: EKS pod identity
  "fd20:ce::254", // Google
  "fd00:c1::a9fe:a9fe", // Oracle
  "fd00:42::42", // Scaleway
  "fd00:a9fe:a9fe::1", // Linode
  "fe80::a9fe:a9fe", // OpenStack
];
