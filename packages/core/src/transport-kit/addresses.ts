import { type LookupOptions, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { addressBytes, embeddedIn } from "./address-bytes.ts";
import { metadataServices, neverDownstreams, specialNetworks } from "./special-addresses.ts";

interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

function networkOf(text: string): Network {
  const [address = "", bits] = text.split("/");
  const bytes = addressBytes(address) ?? new Uint8Array();
  return { bytes, bits: bits === undefined ? bytes.length * 8 : Number(bits) };
}

const listOf = (networks: readonly string[]): readonly Network[] => networks.map(networkOf);

/** Made when it is first asked for: to load this file takes a third of the time. */
function lazyListOf(texts: readonly string[]): () => readonly Network[] {
  let networks: readonly Network[] | undefined;
  return () => (networks ??= listOf(texts));
}

function isIn(networks: readonly Network[], address: Uint8Array): boolean {
  return networks.some(({ bytes, bits }) => {
    if (bytes.length !== address.length) return false;
    const whole = bits >> 3;
    for (let place = 0; place < whole; place += 1) if (bytes[place] !== address[place]) return false;
    const rest = bits & 7;
    return rest === 0 || ((bytes[whole] ?? 0) ^ (address[whole] ?? 0)) >> (8 - rest) === 0;
  });
}

const metadata = lazyListOf(metadataServices);
const never = lazyListOf(neverDownstreams);
const special = lazyListOf(specialNetworks);

/** The address and, of an IPv6 address, those that it stands for. Nothing for a name. */
function formsOf(address: string): readonly Uint8Array[] {
  const bytes = addressBytes(address);
  return bytes === undefined ? [] : [bytes, ...embeddedIn(bytes)];
}

/** Whether an address, in any spelling, is a cloud metadata service's. */
export function isBlockedAddress(address: string): boolean {
  return formsOf(address).some((form) => isIn(metadata(), form));
}

/** Networks as CIDR: `10.1.0.0/16`, `fd12::/16`, or one address. */
export interface AddressPolicy {
  /**
   * `false`: loopback, private and all other networks that are not the Internet's are refused, as
   * for base URLs that others may write. Default true.
   */
  readonly privateNetworks?: boolean;
  readonly deny?: readonly string[];
  /** What is let in in spite of the others, link-local addresses too. Never a cloud's metadata service. */
  readonly allow?: readonly string[];
}

/** For downstreams whose base URLs others may write. */
export interface NetworkPolicy extends AddressPolicy {
  /** Refuses what is not TLS. Default false: internal interfaces often have none. */
  readonly requireTls?: boolean;
}

export function isNetwork(text: unknown): boolean {
  if (typeof text !== "string") return false;
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}

/**
 * Judges addresses: literals by themselves, names by what they resolve to at the moment of
 * connecting. Link-local and multicast addresses are refused by default, loopback and private ones
 * are not: downstreams are usually internal.
 */
export class AddressGuard {
  readonly #denied: readonly Network[];
  readonly #allowed: readonly Network[];
  /** Whether the policy says more than the defaults: then nobody else's look at a name is trusted. */
  readonly isStrict: boolean;

  constructor({ privateNetworks = true, deny = [], allow = [] }: AddressPolicy = {}) {
    this.#denied = [...never(), ...(privateNetworks ? [] : special()), ...listOf(deny)];
    this.#allowed = listOf(allow);
    this.isStrict = !privateNetworks || deny.length > 0;
  }

  /** Why the address is refused; `undefined` for one that is not, and for a name. */
  refusal(address: string): NodeJS.ErrnoException | undefined {
    const forms = formsOf(address);
    if (forms.some((form) => isIn(metadata(), form)))
      return refused("ERR_BLOCKED_ADDRESS", "it is a cloud metadata service's");
    const [itself] = forms;
    if (itself === undefined || isIn(this.#allowed, itself)) return undefined;
    const isDenied = forms.some((form) => isIn(this.#denied, form) && !isIn(this.#allowed, form));
    return isDenied ? refused("ERR_DENIED_ADDRESS", "the downstream's address policy denies it") : undefined;
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

/**
 * For whoever does not connect himself: an address that the name resolves to. Rejects with the
 * refusal, or the resolver's error.
 */
export function resolveJudged(guard: AddressGuard, hostname: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const refusal = guard.refusal(hostname);
    if (refusal !== undefined) reject(refusal);
    else if (addressBytes(hostname) !== undefined) resolve(hostname);
    else guard.lookup(hostname, {}, (error, address) => (error === null ? resolve(String(address)) : reject(error)));
  });
}

function refused(code: string, message: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  error.code = code;
  return error;
}
