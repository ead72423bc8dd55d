import { isIP } from "node:net";

/**
 * An address as its 4 or 16 bytes, in whatever spelling a resolver takes it: `0x7f.1`,
 * `2130706433`, `[::1]`, `fe80::1%eth0`, `127.0.0.1.`, digits of other scripts. `undefined` for a
 * name.
 */
export function addressBytes(text: string): Uint8Array | undefined {
  const bare = text.replace(/^\[|\]$/g, "").replace(/%.*$/s, "");
  const url = `http://${isIP(bare) === 6 ? `[${bare}]` : bare}`;
  if (/[/?#@\\]/.test(bare) || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname.startsWith("[") ? bytesOfV6(hostname.slice(1, -1)) : bytesOfV4(hostname);
}

/** As URLs write it: four decimal numbers. */
function bytesOfV4(text: string): Uint8Array | undefined {
  return isIP(text) === 4 ? Uint8Array.from(text.split("."), Number) : undefined;
}

/** As URLs write it: groups of hexadecimal digits alone, at most one gap. */
function bytesOfV6(text: string): Uint8Array {
  const groupsOf = (part = "") => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [head, tail] = text.split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const gap: number[] = Array(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...gap, ...after].flatMap((group) => [group >> 8, group & 255]));
}

/** The IPv4 addresses that an IPv6 address stands for: what a translator or a tunnel would make of it. */
export function embeddedIn(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length !== 16) return [];
  const at = (...places: readonly number[]) => Uint8Array.from(places, (place) => bytes[place] ?? 0);
  const last = at(12, 13, 14, 15);
  const starts = (...expected: readonly number[]) => expected.every((byte, place) => bytes[place] === byte);
  const zeros = (count: number): number[] => Array(count).fill(0);
  const found: Uint8Array[] = [];
  // Compatible (but for :: and ::1), mapped, translated (RFC 2765).
  const isPlain = starts(...zeros(12)) && (at(12)[0] !== 0 || at(13)[0] !== 0);
  if (isPlain || starts(...zeros(10), 0xff, 0xff) || starts(...zeros(8), 0xff, 0xff, 0, 0)) found.push(last);
  // NAT64 (RFC 6052). Of the local prefix (RFC 8215) nobody else knows how long it is: each place
  // that it may have.
  if (starts(0, 0x64, 0xff, 0x9b, ...zeros(8))) found.push(last);
  if (starts(0, 0x64, 0xff, 0x9b, 0, 1)) found.push(last, at(6, 7, 9, 10), at(7, 9, 10, 11), at(9, 10, 11, 12));
  // 6to4 (RFC 3056), Teredo's server and client (RFC 4380), ISATAP (RFC 5214).
  if (starts(0x20, 0x02)) found.push(at(2, 3, 4, 5));
  if (starts(0x20, 0x01, 0, 0))
    found.push(
      at(4, 5, 6, 7),
      last.map((byte) => byte ^ 0xff),
    );
  if ((bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe)
    found.push(last);
  return found;
}
