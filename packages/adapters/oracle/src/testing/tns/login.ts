import { createCipheriv, createDecipheriv, createHash, pbkdf2Sync, randomBytes } from "node:crypto";
import { type ByteReader, text, whole } from "./bytes.ts";

/** The kind of verifier that Oracle has had since 12c: PBKDF2 and SHA-512. */
const verifierKind = 0x4815;
/** Rounds of hashing; a real server has 4,096. */
const rounds = { verifier: 16, session: 3 };
const keyBytes = 32;

/** One login: the challenge, then the proof of both sides that they know the password. Nobody sends it in the clear. */
export class Login {
  readonly #salt = randomBytes(16);
  readonly #sessionSalt = randomBytes(16);
  readonly #serverKey = randomBytes(keyBytes);
  readonly #verifier: Buffer;
  readonly #password: string;

  constructor(password: string) {
    this.#password = password;
    const salt = Buffer.concat([this.#salt, Buffer.from("AUTH_PBKDF2_SPEEDY_KEY")]);
    const key = pbkdf2Sync(password, salt, rounds.verifier, 64, "sha512");
    this.#verifier = createHash("sha512").update(key).update(this.#salt).digest().subarray(0, keyBytes);
  }

  challenge(): Buffer {
    return pairs([
      ["AUTH_SESSKEY", upperHex(encrypt(this.#verifier, this.#serverKey))],
      ["AUTH_VFR_DATA", upperHex(this.#salt), verifierKind],
      ["AUTH_PBKDF2_CSK_SALT", upperHex(this.#sessionSalt)],
      ["AUTH_PBKDF2_VGEN_COUNT", String(rounds.verifier)],
      ["AUTH_PBKDF2_SDER_COUNT", String(rounds.session)],
    ]);
  }

  /** What the server says of itself; `undefined` to a wrong password. */
  welcome(given: ReadonlyMap<string, string>, session: number): Buffer | undefined {
    const clientKey = decrypt(this.#verifier, hex(given.get("AUTH_SESSKEY")));
    const both = upperHex(Buffer.concat([clientKey, this.#serverKey]));
    const key = pbkdf2Sync(both, this.#sessionSalt, rounds.session, keyBytes, "sha512");
    const password = withoutPadding(decrypt(key, hex(given.get("AUTH_PASSWORD")))).subarray(16);
    if (password.toString() !== this.#password) return undefined;
    const proof = Buffer.concat([randomBytes(16), Buffer.from("SERVER_TO_CLIENT")]);
    return pairs([
      ["AUTH_SVR_RESPONSE", upperHex(encrypt(key, proof))],
      ["AUTH_SESSION_ID", String(session)],
      ["AUTH_SERIAL_NUM", "1"],
      // 19.3 in Oracle's packing: the major version in the first byte, the minor one in the second.
      ["AUTH_VERSION_NO", String((19 << 24) | (3 << 16))],
      ["AUTH_MAX_OPEN_CURSORS", "300"],
      ["AUTH_MAX_IDEN_LENGTH", "128"],
      ["AUTH_DBNAME", "DOUBLE"],
      ["AUTH_SC_DBUNIQUE_NAME", "DOUBLE"],
    ]);
  }
}

export interface Credentials {
  readonly user: string;
  readonly values: ReadonlyMap<string, string>;
}

/** Both messages of a login have one shape. */
export function readCredentials(reader: ByteReader): Credentials {
  reader.skip(1);
  const userBytes = reader.whole();
  reader.skipWholes(1);
  reader.skip(1);
  const count = reader.whole();
  reader.skip(2);
  const user = userBytes === 0 ? "" : (reader.sized()?.toString() ?? "");
  const values = new Map<string, string>();
  for (let read = 0; read < count; read++) {
    values.set(reader.text(), reader.text());
    reader.skipWholes(1);
  }
  return { user, values };
}

type Pair = readonly [name: string, value: string, flag?: number];

function pairs(all: readonly Pair[]): Buffer {
  const each = all.map(([name, value, flag = 0]) => Buffer.concat([text(name), text(value), whole(flag)]));
  return Buffer.concat([whole(all.length), ...each]);
}

const noVector = Buffer.alloc(16);

function encrypt(key: Buffer, clear: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-cbc", key, noVector).setAutoPadding(false);
  return Buffer.concat([cipher.update(clear), cipher.final()]);
}

function decrypt(key: Buffer, hidden: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-cbc", key, noVector).setAutoPadding(false);
  return Buffer.concat([decipher.update(hidden), decipher.final()]);
}

/** The last byte says how many were added. With a wrong key it says anything. */
function withoutPadding(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.max(0, bytes.length - (bytes.at(-1) ?? 0)));
}

function upperHex(bytes: Buffer): string {
  return bytes.toString("hex").toUpperCase();
}

function hex(digits = ""): Buffer {
  return Buffer.from(digits, "hex");
}
