import { createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Identity {
  readonly name: string;
  readonly cert: string;
  /** PKCS #8, in the clear. */
  readonly key: string;
}

interface Wanted {
  /** Who signs; left out: the certificate signs itself. */
  readonly by?: Identity;
  readonly isAuthority?: boolean;
  readonly ip?: readonly number[];
  readonly fromDay?: number;
  readonly toDay?: number;
}

/**
 * A certificate (RFC 5280) with a fresh P-256 key: for 127.0.0.1 and today, unless something else
 * is wanted.
 */
export function certified(name: string, wanted: Wanted = {}): Identity {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const { by, isAuthority = false, ip = [127, 0, 0, 1], fromDay = -1, toDay = 1 } = wanted;
  const body = sequence(
    tagged(0xa0, integer([2])),
    integer([1, ...randomBytes(8)]),
    ecdsaWithSha256,
    distinguished(by?.name ?? name),
    sequence(date(fromDay), date(toDay)),
    distinguished(name),
    createPublicKey(publicKey.export({ type: "spki", format: "pem" })).export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...(isAuthority ? [basicConstraints] : [subjectAltName(ip)]))),
  );
  const signature = sign("sha256", body, by?.key ?? key);
  const der = sequence(body, ecdsaWithSha256, tagged(0x03, Buffer.from([0]), signature));
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return { name, key, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, ...parts);
const integer = (bytes: readonly number[]) => tagged(0x02, Buffer.from(bytes));
const identifier = (hex: string) => tagged(0x06, Buffer.from(hex, "hex"));
const octets = (content: Buffer) => tagged(0x04, content);
const yes = tagged(0x01, Buffer.from([0xff]));

const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"));
const basicConstraints = sequence(identifier("551d13"), yes, octets(sequence(yes)));
const subjectAltName = (ip: readonly number[]) =>
  sequence(identifier("551d11"), octets(sequence(tagged(0x87, Buffer.from(ip)))));

function distinguished(name: string): Buffer {
  return sequence(tagged(0x31, sequence(identifier("550403"), tagged(0x0c, Buffer.from(name)))));
}

/** UTCTime. */
function date(daysFromNow: number): Buffer {
  const time = new Date(Date.now() + daysFromNow * 86_400_000).toISOString();
  return tagged(0x17, Buffer.from(`${time.replace(/\.\d+/, "").replace(/[-:T]/g, "").slice(2)}`));
}
