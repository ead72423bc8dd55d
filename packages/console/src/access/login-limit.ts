/** So many wrong tokens in a row from one address, and from all of them. */
const mostOfOne = 10;
const mostOfAll = 200;
/** One more attempt is forgiven after so long. */
const forgivenAfterMs = 6_000;
const allForgivenAfterMs = 300;
/** Addresses remembered; past that, the one that failed longest ago is forgotten. */
const mostAddresses = 10_000;

interface Failures {
  count: number;
  at: number;
}

/**
 * Slows down whoever guesses. Failures alone count, so that nobody who has a token is locked out by
 * logging in.
 */
export class LoginLimit {
  readonly #byAddress = new Map<string, Failures>();
  readonly #all: Failures = { count: 0, at: 0 };
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Milliseconds to wait before the address may try again; 0: now. */
  waitMs(address: string): number {
    const now = this.#now();
    const failures = this.#byAddress.get(placeOf(address));
    return Math.ceil(
      Math.max(
        failures === undefined ? 0 : (left(failures, now, forgivenAfterMs) - mostOfOne + 1) * forgivenAfterMs,
        (left(this.#all, now, allForgivenAfterMs) - mostOfAll + 1) * allForgivenAfterMs,
        0,
      ),
    );
  }

  failed(address: string): void {
    const now = this.#now();
    const place = placeOf(address);
    const known = this.#byAddress.get(place) ?? { count: 0, at: now };
    // At the end: the first one of the map is then the one to forget.
    this.#byAddress.delete(place);
    this.#byAddress.set(place, { count: left(known, now, forgivenAfterMs) + 1, at: now });
    this.#all.count = left(this.#all, now, allForgivenAfterMs) + 1;
    this.#all.at = now;
    for (const oldest of this.#byAddress.keys()) {
      if (this.#byAddress.size <= mostAddresses) break;
      this.#byAddress.delete(oldest);
    }
  }
}

function left({ count, at }: Failures, now: number, everyMs: number): number {
  return Math.max(0, count - (now - at) / everyMs);
}

/** Whoever has an IPv6 address has a network of them. */
function placeOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  return address.split(":").slice(0, 4).join(":");
}
